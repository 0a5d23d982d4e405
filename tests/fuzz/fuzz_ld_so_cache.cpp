#include "formats/ld_so_cache.hpp"

#include <elf.h>

#include <cstdint>
#include <cstdlib>

using namespace envfix;

/// Whatever is found is a path of the file's own texts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string bytes(reinterpret_cast<const char*>(data), size);
    const auto cache = formats::LdSoCache::parse(bytes);
    if (!cache) return 0;
    if (cache->size() > size / 24) std::abort();
    const std::vector<std::string> levels{"x86-64-v3", "x86-64-v2"};
    for (const std::uint16_t machine : {EM_X86_64, EM_386, EM_AARCH64, EM_RISCV}) {
        const auto path = cache->find("libz.so.1", machine, machine != EM_386, levels);
        if (path && (!path->starts_with('/') || bytes.find(*path) == bytes.npos)) std::abort();
    }
    return 0;
}
