"""The cluster's engine: the same verdicts as the local one, over TLS or not at all."""

import tempfile

import pytest

from tito.errors import TitoError
from tito.grading import grade, verdict
from tito.grading.engines import Terms

pytest.importorskip("distributed", reason="dask is not installed: tinytorch[cluster]")
pytest.importorskip("cryptography", reason="cryptography is not installed: tinytorch[cluster]")


def verdicts(classroom) -> dict[str, dict]:
    files = grade.verdicts_folder(classroom).glob("*.json")
    return {f.stem: verdict.comparable(verdict.read(f)) for f in files}


def test_both_engines_give_the_same_verdicts(classroom, work):
    work.put("ada", "00", work.notebook("00"))
    work.put("ben_2", "00", work.notebook("00", first_double="def double(x):\n    return abs(2 * x)"))
    work.put("cleo", "00", work.notebook("00")[:500])
    module = classroom.released[:1]
    local = [(r["status"], r["score"]) for r in grade.grade(classroom, module)]
    assert local == [("graded", 5), ("graded", 2), ("needs_staff", None)]
    first = verdicts(classroom)
    options = grade.Options(again=True, engine="dask", jobs=2)
    assert [(r["status"], r["score"]) for r in grade.grade(classroom, module, options=options)] == local
    assert verdicts(classroom) == first and len(first) == 3
    certificates = list((classroom.root / ".tito/dask").iterdir())
    assert len(certificates) == 2 and all(f.stat().st_mode & 0o077 == 0 for f in certificates)


def test_a_worker_keeps_the_bundle_of_one_module_and_the_next_removes_it_if_it_was_killed(tmp_path, monkeypatch):
    from tito.grading import sandbox
    from tito.grading.engines import dask

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(dask, "_BENCH", None)
    for digest in ("one", "two"):
        dask.answer({"environment": "another"}, {"a/b": digest.encode()}, digest, b"")
        (file,) = (f for f in tmp_path.rglob("*") if f.name == "b")
        assert file.read_text() == digest
    sandbox.sweep()
    assert file.is_file()
    dask._BENCH.lock.close()  # as the kernel does when the process is gone
    sandbox.sweep()
    assert not list(tmp_path.iterdir())


def test_without_tls_it_refuses(tmp_path):
    from tito.grading.engines import dask

    with pytest.raises(TitoError, match="TLS only"):
        dask.Engine(Terms(), 1, tmp_path, "tcp://127.0.0.1:8786")
    own = dask.security(tmp_path)
    assert own.require_encryption
    assert own.get_connection_args("client")["ssl_context"].verify_mode.name == "CERT_REQUIRED"


def test_the_script_for_slurm(tmp_path):
    jobqueue = pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: tinytorch[cluster]")
    from tito.grading.engines import dask

    cluster = jobqueue.SLURMCluster(
        queue="grading",
        cores=1,
        memory="3GB",
        walltime="01:00:00",
        security=dask.security(tmp_path),
        protocol="tls://",
        scheduler_options={"dashboard_address": None, "host": "127.0.0.1"},
        shared_temp_directory=str(tmp_path),
    )
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    assert "#SBATCH -p grading" in script and "tls://" in script and "--tls-cert" in script


def test_a_worker_of_another_environment_is_refused(tmp_path):
    from tito.grading.engines import dask

    found = dask.answer({"environment": "another"}, {"a": b""}, "digest", b"")
    assert "another Python or NumPy" in found["unfit"][0]
