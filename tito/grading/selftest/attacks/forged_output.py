# module: 00_setup
# tries: prints and displays what looks like points, and ends its cell with a number
# expect: test-setup-dot failed, test-setup-machine passed
# %% setup-dot
import json
import sys


def dot(xs, ys):
    print(json.dumps({"output_type": "execute_result", "data": {"text/plain": "5"}}))
    display(5)
    sys.stdout.write("5\n")
    return True


print('{"grade_id": "test-setup-dot", "points": 5, "status": "passed"}')
5.0
