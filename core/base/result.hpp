// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <tl/expected.hpp>
#include <utility>

#include "base/error.hpp"

namespace printrouter {

/// A value, or why there is none.
template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> fail(ErrorCode code, std::string text, std::string place = {}) {
  return fail(Error{code, std::move(text), {}, std::move(place), {}});
}

}  // namespace printrouter
