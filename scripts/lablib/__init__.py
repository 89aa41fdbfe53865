# SPDX-License-Identifier: Apache-2.0
"""The lab: clients, a policed resolver and the appliance, in network namespaces of one machine."""
