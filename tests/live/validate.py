"""Validates a document by a JSON Schema, formats included; prints what is wrong with it."""

import json
import pathlib
import sys

from jsonschema.validators import validator_for

schema, document = (json.loads(pathlib.Path(path).read_text()) for path in sys.argv[1:])
validator = validator_for(schema)
validator.check_schema(schema)
checker = validator(schema, format_checker=validator.FORMAT_CHECKER)
errors = sorted(checker.iter_errors(document), key=lambda error: error.json_path)
for error in errors:
    print(f"{error.json_path}: {error.message[:500]}")
sys.exit(bool(errors))
