#include "formats/pyvenv_cfg.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto cfg = parse_pyvenv_cfg(text);
    (void)cfg.include_system_site_packages();
    (void)home_at_startup(text, 10);
    if (home_at_startup(text, 13).has_value() != cfg.last("home").has_value()) std::abort();
    return 0;
}
