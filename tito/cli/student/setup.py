"""`tito setup`: make the environment."""

from pathlib import Path

import click


@click.command("setup")
@click.option("--offline", metavar="DIR", type=click.Path(path_type=Path), help="Install from this folder of wheels.")
@click.option("--dev", is_flag=True, help="Also what the tests need.")
@click.option("--conformance", is_flag=True, help="Also PyTorch, which make conformance compares with.")
@click.option("--quiet", is_flag=True, help="Say nothing, but one line where there is work.")
@click.option("--force", is_flag=True, help="Make the environment anew.")
def command(offline: Path | None, **flags: bool) -> int:
    """Make the environment (.venv); a no-op the second time.

    On a machine with nothing but Python: python3 -m tito setup
    """
    from tito.bootstrap import main

    arguments = ["--offline", str(offline)] if offline else []
    return main([*arguments, *(f"--{name}" for name, given in flags.items() if given)])
