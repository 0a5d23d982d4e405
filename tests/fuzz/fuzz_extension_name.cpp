#include "formats/extension_suffix.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

/// What is read out of a name of one of our own rules gives the same name again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view name(reinterpret_cast<const char*>(data), size);
    const auto tag = parse_extension_name(name);
    if (!tag || tag->abi != ExtensionAbi::version || tag->text.starts_with("cp3")) return 0;
    const SuffixFacts facts{tag->implementation, tag->major,    tag->minor, tag->abi_flags,
                            tag->platform,       tag->pypy_abi, false};
    const auto again = parse_extension_name(tag->module + '.' + soabi(facts) + ".so");
    if (tag->implementation != "graalpy" && (!again || again->minor != tag->minor)) std::abort();
    return 0;
}
