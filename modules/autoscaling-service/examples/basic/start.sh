#!/bin/bash
# Stands where the service would be installed and started.
set -euo pipefail

logger "The worker $(hostname) has started"
