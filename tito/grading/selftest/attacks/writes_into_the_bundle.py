# module: 00_setup
# tries: writes into the package, the program, the caches of compiled code and site-packages: for the next submission
# expect: test-setup-dot failed, test-setup-machine passed
# needs: sandbox
# %% setup-dot
import glob
import os
import site
import sys

POISON = "import sys\nsys.modules[__name__].assert_close = lambda *args, **kwargs: None\n"
places = [*sys.path, *map(os.path.dirname, (m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)))]
places += [site.getusersitepackages(), os.path.expanduser("~")]
for place in dict.fromkeys(filter(None, places)):
    for name in ("sitecustomize.py", "usercustomize.py", "poison.pth", "student_process.py", "wire.py", "__pycache__/wire.pyc"):
        try:
            os.makedirs(os.path.dirname(os.path.join(place, name)), exist_ok=True)
            with open(os.path.join(place, name), "w") as file:
                file.write(POISON)
        except OSError:
            pass
os.environ.update(LD_PRELOAD="/tmp/poison.so", PYTHONSTARTUP="/tmp/sitecustomize.py", PYTHONPATH="/tmp", BASH_ENV="/tmp/x")


def dot(xs, ys):
    return 0
