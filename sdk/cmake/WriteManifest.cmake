# SPDX-License-Identifier: Apache-2.0
# The manifest with the hash of the library as it was just linked.
file(SHA256 ${LIBRARY} hash)
file(READ ${MANIFEST_IN} text)
string(JSON text SET "${text}" sha256 "\"${hash}\"")
get_filename_component(name ${LIBRARY} NAME)
string(JSON text SET "${text}" library "\"${name}\"")
file(WRITE ${MANIFEST} "${text}\n")
