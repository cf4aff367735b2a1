"""What the detectors see in a video, one by one: python3 see.py VIDEO

Each is a stage of its own; `inv.examine` runs them all at once, as an exam does. Models are looked for as
`invigil models list` says; what has none is said to be absent.
"""

import sys

import invigil as inv

session = inv.Session()
frames = session.add(inv.MediaFile(sys.argv[1]).video()).via(inv.KeepUnredacted())

gaze, objects, person, repetition = inv.FindGaze(rate=5), inv.FindObjects(), inv.ComparePerson(), inv.FindRepetition()
absent = [stage.__class__.__name__ for stage in (gaze, objects, person) if stage.detector == "none"]
heads, things = frames.via(gaze).collect(), frames.via(objects).collect()
likeness, repeats = frames.via(person).collect(), frames.via(repetition).collect()
session.run()

print("no model for", ", ".join(absent) or "nothing")
for faces in heads:
    for face in faces.faces[:1]:
        if face.pose:
            print(f"{faces.time:7.2f} s  head {face.pose.yaw:+5.0f} {face.pose.pitch:+5.0f} {face.pose.roll:+5.0f} degrees",
                  "" if face.gaze is None else f"eyes {face.gaze:+.2f}")
for seen in things:
    print(f"{seen.time:7.2f} s  {', '.join(f'{o.label} {o.confidence:.2f}' for o in seen.objects) or 'no object'}")
for compared in likeness:
    print(f"{compared.time:7.2f} s  like the candidate {compared.similarity:.2f}")
print(f"repeats itself {max((r.similarity for r in repeats), default=0):.2f}")
