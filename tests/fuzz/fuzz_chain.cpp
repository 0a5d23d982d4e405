#include "policy/chain.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A chain is refused with a reason, or every link of it says what must import, and every conflict between whom it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto chain = envfix::policy::parse_chain(text, "f");
    if (!chain) {
        if (chain.error().empty() || chain.error().front().reason.empty()) std::abort();
        return 0;
    }
    if (chain->name.empty() || chain->links.empty()) std::abort();
    for (const auto& link : chain->links) {
        if (link.distribution.empty() || link.imports.empty()) std::abort();
    }
    for (const auto& conflict : chain->conflicts) {
        if (conflict.distribution.empty() || conflict.with.empty() || conflict.code.empty()) std::abort();
        if (conflict.because.empty() || conflict.distribution == conflict.with) std::abort();
    }
    return 0;
}
