#include "formats/dpkg_status.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

// A version is part of what was read, on one line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace envfix;
    const std::string_view status(reinterpret_cast<const char*>(data), size);
    for (const char* package : {"python3-cffi-backend", "a", ""}) {
        const auto version = formats::installed_version(status, package);
        if (!version) continue;
        if (status.find(*version) == std::string_view::npos || version->find('\n') != std::string::npos) std::abort();
    }
    return 0;
}
