# SPDX-License-Identifier: Apache-2.0
"""Runs every suite of the project and counts."""
