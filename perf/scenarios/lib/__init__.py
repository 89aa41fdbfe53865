# SPDX-License-Identifier: Apache-2.0
"""What the scenarios share: servers in a lab, load, verdicts, plots."""
