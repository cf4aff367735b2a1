"""Before the exam: what stands in its way, and what to do about it: python3 before_exam.py [UPLOAD_URL]

Ends with status 1 when something will not do, so that a launcher can wait until it is put right.
"""

import sys

import invigil as inv

report = inv.SystemCheck(length=90 * 60, upload=sys.argv[1] if len(sys.argv) > 1 else "").run()
for item in report.items:
    print(f"{item.state:4}  {item.name:11}  {item.seen}" + (f"  -> {item.advice}" if item.advice else ""))
sys.exit(report.state == "fail")
