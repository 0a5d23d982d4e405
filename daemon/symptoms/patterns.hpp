#pragma once

#include <re2/re2.h>

namespace envfix::symptoms {

/// How every pattern is compiled. Bytes and not UTF-8: what people paste is often neither, and `.` must take any byte of it.
inline RE2::Options pattern_options()
{
    RE2::Options options;
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_log_errors(false);
    options.set_never_capture(false);
    options.set_max_mem(std::int64_t{64} << 20U);
    return options;
}

} // namespace envfix::symptoms
