#include "formats/elf.hpp"
#include "formats/elf_exports.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix;
using namespace envfix::formats;

/// Never more than 1 MiB is read (and the 64 bytes of the header), whatever the file says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    std::size_t bytes_read = 0;
    const ReadAt read = [&](std::uint64_t offset, std::size_t count) -> Result<std::string> {
        if (offset > file.size()) std::abort();
        std::string part(file.substr(offset, count));
        bytes_read += part.size();
        return part;
    };
    // A size that is a lie: the file has shrunk, or grown, since it was asked.
    for (const auto claimed : {size, size / 2, size + 4096}) {
        if (claimed > size && size < 64) continue;
        bytes_read = 0;
        const auto got = read_elf(
            [&](std::uint64_t offset, std::size_t count) -> Result<std::string> {
                if (offset > file.size()) return std::string{};
                return read(offset, count);
            },
            claimed);
        if (bytes_read > (1U << 20U) + 64) std::abort();
        if (got && claimed == size && got->is_cut_in_segments() && got->is_cut_in_sections())
            std::abort();
    }
    bytes_read = 0;
    const auto symbols = read_elf_symbols(read, size);
    if (bytes_read > (1U << 20U) + 64) std::abort();
    bytes_read = 0;
    const auto exports = ElfExports::read(read, size);
    if (bytes_read > (1U << 20U) + 64) std::abort();
    if (!symbols || !exports) return 0;
    for (std::size_t i = 0; i < symbols->symbols.size() && i < 64; ++i) {
        const auto& name = symbols->symbols[i].name;
        if (exports->defines(name) && file.find(name) == file.npos) std::abort();
    }
    return 0;
}
