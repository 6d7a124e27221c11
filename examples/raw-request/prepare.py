"""Put in S3 what request.json names: the packed training script and the data.

    python examples/raw-request/prepare.py

Without configuration `s3://bucket/key` is the file `AMT_HOME/s3/bucket/key`, so this writes
files. For a real bucket, upload the same files under the same keys.
"""

import math
import os
import pathlib
import random
import tarfile

HERE = pathlib.Path(__file__).parent
BUCKET = pathlib.Path(os.environ.get("AMT_HOME", ".amt"), "s3", "example-bucket")


def points(count, seed):
    """A noisy wave, one `x,y` a line."""
    chance = random.Random(seed)
    for _ in range(count):
        x = chance.uniform(0, 2 * math.pi)
        yield f"{x:.5f},{math.sin(x) + chance.gauss(0, 0.15):.5f}\n"


def main():
    archive = BUCKET / "code" / "sourcedir.tar.gz"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(HERE / "src" / "train.py", "train.py")
    for seed, (channel, count) in enumerate({"train": 150, "validation": 50}.items()):
        file = BUCKET / "data" / channel / "points.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(points(count, seed)))
    print(f"The code and the data are in {BUCKET}.")


if __name__ == "__main__":
    main()
