"""Run the cases and print a line for each."""

from __future__ import annotations

import sys

from eval.files import cases, wrong_in


def main() -> int:
    """Return 1 where a case is wrong."""
    right = 0
    wanted = cases(sys.argv[1:])
    for case in wanted:
        wrong = wrong_in(case)
        right += not wrong
        print(
            ("right  " if not wrong else "WRONG  ") + "\n       ".join([case["name"], *wrong[:3]]), flush=True
        )
    print(f"{right} of {len(wanted)} cases right")
    return 0 if right == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
