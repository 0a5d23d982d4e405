#include "pep/marker.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::pep;

namespace {

void demand(bool holds)
{
    if (!holds) std::abort();
}

MarkerEnvironment linux()
{
    MarkerEnvironment out;
    out.os_name = "posix";
    out.platform_release = "6.1.0-37-amd64";
    out.python_full_version = "3.15.0a1+";
    out.python_version = "3.15";
    out.implementation_version = "3.15.0a1";
    out.sys_platform = "linux";
    out.extras = {"Foo_bar"};
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto marker = Marker::parse(text);
    demand(marker || !marker.error().message.empty());
    if (!marker) return 0;
    const auto environment = linux();
    const auto value = marker->evaluate(environment);

    // The normal form has no escapes, so a value that needs one does not survive.
    const auto printed = marker->to_string();
    if (text.find('\\') != std::string_view::npos) return 0;
    const auto again = Marker::parse(printed);
    demand(again && again->to_string() == printed);
    demand(again->evaluate(environment) == value);
    return 0;
}
