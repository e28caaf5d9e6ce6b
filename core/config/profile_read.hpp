// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "config/field_reader.hpp"
#include "model/profile.hpp"

namespace printrouter {

/// The members of a configuration profile. The caller calls done().
void read_profile(FieldReader& in, Profile& profile);

}  // namespace printrouter
