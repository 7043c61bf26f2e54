"""Stands in for a health record in the demo and the tests: a FHIR R4 endpoint that takes notes, and refuses wrong ones."""
