"""A sandbox for untrusted submissions: a fork server that is shut in, and one process per submission forked from it.

    with sandbox.open(bundle, limits) as host:
        with host.start() as student:
            judge(student.wire)

Levels, strongest first:

- bubblewrap: every namespace; each submission in a user, PID, mount and IPC namespace of its own, under a filter of
  system calls. Where namespaces cannot be nested, each is alone under landlock, or in a bubblewrap of its own.
- landlock: where user namespaces are refused. One process without children, that can signal nobody, open no socket,
  and reach no file but what Python needs and its own folder.
- podman: one container per server, the same inside as landlock.
- unsafe-local: no walls. Only where it is asked for by name.
"""

from tito.grading.sandbox.host import LEVELS, BundleError, Host, Limits, Outcome, SandboxError, Student, open, why_not
from tito.grading.sandbox.layout import sweep

__all__ = ["LEVELS", "BundleError", "Host", "Limits", "Outcome", "SandboxError", "Student", "open", "sweep", "why_not"]
