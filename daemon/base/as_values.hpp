#pragma once

#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#if ASIO_VERSION >= 102400 // Debian 13; Debian 12 has 1.22
#include <asio/as_tuple.hpp>
#else
#include <asio/experimental/as_tuple.hpp>
#endif

namespace envfix {

/// Completion token of a coroutine that takes an operation's error as a value instead of having it thrown. Who includes
/// this links envfix::asio.
#if ASIO_VERSION >= 102400
inline constexpr auto k_as_values = asio::as_tuple(asio::use_awaitable);
#else
inline constexpr auto k_as_values = asio::experimental::as_tuple(asio::use_awaitable);
#endif

} // namespace envfix
