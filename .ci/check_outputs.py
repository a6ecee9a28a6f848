"""Holds report.json and bom.cdx.json of a review's folder against their schemas."""

import json
import pathlib
import sys

import jsonschema
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def report_faults(text: str) -> list[str]:
    schema = json.loads(pathlib.Path("docs/schema/report-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.FormatChecker()
    )
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(json.loads(text))]


def cyclonedx_faults(text: str) -> list[str]:
    faults = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text, all_errors=True)
    return [str(fault) for fault in faults or ()]


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    broken = False
    for name, check in (("report.json", report_faults), ("bom.cdx.json", cyclonedx_faults)):
        for fault in check((folder / name).read_text()):
            broken = True
            print(f"{folder / name}: {fault}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
