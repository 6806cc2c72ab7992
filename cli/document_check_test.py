#!/usr/bin/env python3
"""Checks what the program writes for others, for tests: document_check_test.py json|lines|refused|xml ARGUMENT... Says what is wrong
with a document and ends with 1, or says nothing and ends with 0; 77 without jsonschema.

  json SCHEMA FILE...    each file is one JSON document that the schema allows
  lines SCHEMA FILE...   each line of each file is
  refused SCHEMA FILE... no line of any file is
  xml FILE...            each file is well formed; by expat, which build servers use too
"""
import json
import pathlib
import sys
import xml.etree.ElementTree


def validator_for(schema_file):
    """With references to neighbours. RefResolver is what Debian 12's jsonschema has for that."""
    try:
        import jsonschema
    except ImportError:
        sys.exit(77)
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    path = pathlib.Path(schema_file).resolve()
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(path.as_uri(), schema)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def no_constant(name):
    raise ValueError(f"{name} is no JSON")


def flaws_of_json(text, validator):
    error = next(validator.iter_errors(json.loads(text, parse_constant=no_constant)), None)
    return [] if error is None else [f"{error.json_path}: {error.message}"]


def main(kind, *arguments):
    validator = None if kind == "xml" else validator_for(arguments[0])
    wrong = 0
    for file in arguments if kind == "xml" else arguments[1:]:
        text = pathlib.Path(file).read_bytes().decode("utf-8")
        for number, part in enumerate([text] if kind in ("json", "xml") else text.splitlines(), 1):
            try:
                flaws = flaws_of_json(part, validator) if kind != "xml" else []
                if kind == "refused":
                    flaws = [] if flaws else ["is allowed: " + part[:200]]
                if kind == "xml":
                    xml.etree.ElementTree.fromstring(part.encode("utf-8"))
            except (ValueError, xml.etree.ElementTree.ParseError) as trouble:
                flaws = [str(trouble)]
            for flaw in flaws:
                print(f"{file}, {kind} {number}: {flaw[:600]}")
                wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
