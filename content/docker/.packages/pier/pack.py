"""Packs pier.py as the wheel that the lessons' workspaces carry. The same source gives the same bytes.

    python3 content/docker/.packages/pier/pack.py

No tool beyond Python is needed: a wheel is a zip file with three files of metadata in it.
"""

import base64
import hashlib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent.parent
NAME, VERSION = "pier", "1.0"
TARGETS = ["02-images/workspace/app/wheels", "02-images/workspace/tides/wheels"]

INFO = f"{NAME}-{VERSION}.dist-info"
FILES = {
    f"{NAME}.py": (HERE / "pier.py").read_bytes(),
    f"{INFO}/METADATA": (
        f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        "Summary: A web framework of one file, for lessons\nLicense: Apache-2.0\nRequires-Python: >=3.9\n"
    ).encode(),
    f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: pack.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def main() -> None:
    record = "".join(f"{path},sha256={digest(content)},{len(content)}\n" for path, content in FILES.items())
    members = {**FILES, f"{INFO}/RECORD": f"{record}{INFO}/RECORD,,\n".encode()}
    for target in TARGETS:
        folder = COURSE / target
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / f"{NAME}-{VERSION}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
            for path, content in members.items():
                # The time is the earliest that a zip file can say, so that none of ours gets in.
                entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                wheel.writestr(entry, content)


main()
