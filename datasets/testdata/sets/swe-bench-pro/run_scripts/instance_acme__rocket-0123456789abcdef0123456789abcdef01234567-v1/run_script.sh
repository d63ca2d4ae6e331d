#!/bin/bash
pytest -v "$@"
