"""The engine of a cluster: dask.distributed, over TLS always. Workers return verdicts; only the client writes.

Without a scheduler's address it runs a cluster of its own on 127.0.0.1. With `dask_scheduler = tls://host:port` under
[grading] in settings.ini it joins one whose workers were started with the class's certificates (docs/grading.md).
"""

import datetime
import ipaddress
import os
import queue
import shutil
import socket
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tito.errors import ENVIRONMENT, TitoError
from tito.grading.engines import Job, Terms

_BENCH = None  # a worker process's own


def certificates(folder: Path) -> tuple[Path, Path]:
    """The class's own certificate and key, made once: who has both belongs to the cluster, nobody else does."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (certificate.is_file() and key.is_file()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made, secret = _make()
        _write(key, secret)
        _write(certificate, made)
    return certificate, key


def _write(file: Path, data: bytes) -> None:
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(data)


def _make() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tito class")])
    names = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=365))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return builder.sign(key, hashes.SHA256()).public_bytes(pem), key.private_bytes(pem, *plain)


def security(folder: Path):
    """dask's settings for TLS with the class's certificates, and nothing but TLS."""
    from distributed import Security

    certificate, key = map(str, certificates(folder))
    own = {
        f"tls_{who}_{what}": p
        for who in ("client", "scheduler", "worker")
        for what, p in (("cert", certificate), ("key", key))
    }
    return Security(require_encryption=True, tls_ca_file=certificate, **own)


def answer(terms: dict, files: dict[str, bytes], digest: str, raw: bytes) -> dict:
    """On a worker: the answer on one submission. files: the bundle's, by name."""
    global _BENCH
    if _BENCH is None or _BENCH.about != (terms, digest):
        if _BENCH:
            _BENCH.close()
        _BENCH = _Place((terms, digest), files)
    try:
        return _BENCH.bench.answer(_BENCH.bundle, raw)
    except TitoError as error:
        return {"unfit": [error.what, error.do]}


class _Place:
    """Where a worker of the cluster judges submissions of one module; about: the terms, and the bundle's digest."""

    def __init__(self, about: tuple, files: dict[str, bytes]):
        from tito.grading.engines.work import Bench
        from tito.grading.sandbox import layout

        self.about, self.bench = about, Bench(Terms(**about[0]))
        self.folder, self.lock = layout.own_folder()  # which the next worker removes if this one is killed
        self.bundle = self.folder / "whole"
        for name, data in files.items():
            (self.bundle / name).parent.mkdir(parents=True, exist_ok=True)
            (self.bundle / name).write_bytes(data)

    def close(self) -> None:
        """End its sandbox and remove the bundle."""
        self.bench.close()
        shutil.rmtree(self.folder)
        self.lock.close()


class Engine:
    """`jobs` submissions at a time on a cluster; see engines."""

    def __init__(self, terms: Terms, jobs: int, folder: Path, scheduler: str = "", start: Callable | None = None):
        """scheduler: the tls:// address of one that runs. start: makes the cluster, given the security."""
        if scheduler and not scheduler.startswith("tls://"):
            raise TitoError(f"{scheduler} is no tls:// address: submissions and verdicts travel by TLS only.", "")
        try:
            import distributed
        except ImportError:
            raise TitoError("dask is not installed.", "pip install 'tinytorch[cluster]'", ENVIRONMENT) from None
        self.distributed, self.terms, self.count, self.folder = distributed, terms, jobs, folder
        self.scheduler, self.start, self.cluster = scheduler, start or self._local, None
        self.done: queue.SimpleQueue = queue.SimpleQueue()
        self.under_way, self.module = 0, ""
        self.bundles: dict[Path, object] = {}

    def _local(self, own):
        options = {"host": "127.0.0.1", "protocol": "tls://", "dashboard_address": None, "processes": True}
        return self.distributed.LocalCluster(n_workers=self.count, threads_per_worker=1, security=own, **options)

    def __enter__(self) -> "Engine":
        own = security(self.folder)
        self.cluster = None if self.scheduler else self.start(own)
        self.client = self.distributed.Client(self.scheduler or self.cluster, security=own)
        return self

    def __exit__(self, *problem) -> None:
        self.client.close()
        if self.cluster:
            self.cluster.close()

    @property
    def free(self) -> int:
        """How many jobs it can take now."""
        return self.count - self.under_way

    @property
    def opened(self) -> tuple[list[str], list[str]]:
        """The module that was sent last: the cluster's workers stay at it."""
        return [self.module], []

    def submit(self, job: Job) -> None:
        """Send a submission, and its module's bundle where it is the first of its module."""
        from tito.grading import bundle

        if job.bundle not in self.bundles:
            files = {p.relative_to(job.bundle).as_posix(): p.read_bytes() for p in job.bundle.rglob("*") if p.is_file()}
            sent = self.client.scatter(files, broadcast=False, hash=False)
            self.bundles[job.bundle] = (sent, bundle.load(job.bundle).hash)
        files, digest = self.bundles[job.bundle]
        facts = (asdict(self.terms), files, digest, job.file.read_bytes())
        future = self.client.submit(answer, *facts, pure=False, retries=0)
        self.under_way, self.module = self.under_way + 1, job.module
        future.add_done_callback(lambda done: self.done.put((job, done)))

    def wait(self) -> list[tuple[Job, dict]]:
        """Wait until a job is done; it, and its answer."""
        job, future = self.done.get()
        self.under_way -= 1
        try:
            found = future.result()
        except Exception as error:  # a worker lost, again and again; whatever it was, the submission is tried again
            found = {"trouble": f"a worker of the cluster: {type(error).__name__}"}
        if "unfit" in found:
            from tito.grading.sandbox import SandboxError

            raise SandboxError(*found["unfit"])
        return [(job, found)]
