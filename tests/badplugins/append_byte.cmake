# SPDX-License-Identifier: Apache-2.0
# A library that was exchanged after its manifest was written.
file(APPEND ${FILE} "!")
