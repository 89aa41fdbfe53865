# SPDX-License-Identifier: Apache-2.0
"""What the measuring scripts share."""
