#include "formats/elf.hpp"
#include "formats/elf_image.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::uint64_t k_symbol_bytes = 384U << 10U;
constexpr std::uint64_t k_string_bytes = 384U << 10U;
constexpr std::uint64_t k_bucket_bytes = 128U << 10U;
constexpr std::uint64_t k_chain_bytes = 64U << 10U;
constexpr std::uint64_t k_version_bytes = 32U << 10U;
constexpr std::uint16_t k_version_mask = 0x7fff; ///< the bit above says that the version is not the default
constexpr std::size_t k_name_limit = 1024;

/// The old hash table says the number of symbols outright.
std::optional<std::uint64_t> count_by_hash(ElfImage& image, std::uint64_t address)
{
    // Alone among the 64-bit machines these two have 64-bit hash tables.
    const bool is_wide = image.header().is_64_bit &&
                         (image.header().machine == EM_S390 || image.header().machine == EM_ALPHA);
    const std::size_t number = is_wide ? 8 : 4;
    const auto head = image.bytes_at(address, 2 * number);
    if (!head || head->size() < 2 * number) return {};
    const auto fields = image.fields(*head);
    return is_wide ? fields.word(0, number) : fields.u32(number);
}

/// The GNU hash table does not: the last symbol is where the chain of the highest bucket ends.
std::optional<std::uint64_t> count_by_gnu_hash(ElfImage& image, std::uint64_t address)
{
    constexpr std::uint64_t k_head = 16;
    const auto head = image.bytes_at(address, k_head);
    if (!head || head->size() < k_head) return {};
    const std::uint64_t buckets = image.fields(*head).u32(0);
    const std::uint64_t first_hashed = image.fields(*head).u32(4);
    const std::uint64_t bloom_words = image.fields(*head).u32(8);
    const auto bucket_address =
        saturating_add(address, k_head + bloom_words * image.fields({}).pick(4, 8));
    if (buckets == 0) return {};
    if (buckets * 4 > k_bucket_bytes) return {};
    const auto table = image.bytes_at(bucket_address, buckets * 4);
    if (!table || table->size() < buckets * 4) return {};
    std::uint64_t highest = 0;
    for (std::size_t i = 0; i < buckets; ++i)
        highest = std::max<std::uint64_t>(highest, image.fields(*table).u32(i * 4));
    if (highest < first_hashed) return {}; // nothing is offered: the table does not say its size
    const auto chain_address =
        saturating_add(bucket_address, (buckets + highest - first_hashed) * 4);
    const auto chain = image.bytes_at(chain_address, k_chain_bytes);
    if (!chain) return {};
    for (std::size_t i = 0; i + 4 <= chain->size(); i += 4)
        if ((image.fields(*chain).u32(i) & 1U) != 0) return highest + i / 4 + 1;
    return {};
}

std::optional<std::uint64_t> count_symbols(ElfImage& image)
{
    if (const auto address = image.dynamic_value(DT_HASH)) return count_by_hash(image, *address);
    if (const auto address = image.dynamic_value(DT_GNU_HASH))
        return count_by_gnu_hash(image, *address);
    return 0;
}

/// The numbers of the symbols' versions, one for each symbol; short or empty where the file has none.
std::string read_versions(ElfImage& image, std::uint64_t symbols)
{
    const auto address = image.dynamic_value(DT_VERSYM);
    if (!address) return {};
    return image.bytes_at(*address, std::min(symbols * 2, k_version_bytes)).value_or(std::string());
}

ElfSymbol decode(const ElfImage& image, const ElfFields& entry, std::string name, std::uint16_t version)
{
    const auto info =
        entry.u8(image.fields({}).pick(offsetof(Elf32_Sym, st_info), offsetof(Elf64_Sym, st_info)));
    const auto section = entry.u16(
        image.fields({}).pick(offsetof(Elf32_Sym, st_shndx), offsetof(Elf64_Sym, st_shndx)));
    const bool defined = section != SHN_UNDEF;
    const auto number = static_cast<std::uint16_t>(version & k_version_mask);
    return {.name = std::move(name),
            .defined = defined,
            .weak = ELF64_ST_BIND(info) == STB_WEAK,
            .version = defined || number <= VER_NDX_GLOBAL ? std::uint16_t{0} : number};
}

} // namespace

Result<ElfSymbols> read_elf_symbols(const ReadAt& read, std::uint64_t file_size)
{
    ENVFIX_TRY(auto image, ElfImage::open(read, file_size));
    ElfSymbols out;
    const auto table_address = image.dynamic_value(DT_SYMTAB);
    const auto string_address = image.dynamic_value(DT_STRTAB);
    const auto string_size = image.dynamic_value(DT_STRSZ);
    if (!table_address || !string_address || !string_size) {
        out.complete = image.faults().empty(); // no dynamic symbols at all
        return out;
    }
    const auto entry = image.fields({}).pick(sizeof(Elf32_Sym), sizeof(Elf64_Sym));
    const auto count = count_symbols(image);
    if (image.read_error()) return fail(*image.read_error());
    if (!count) return out;
    const auto wanted = *count < k_symbol_bytes / entry ? *count * entry : k_symbol_bytes;
    const auto table = image.bytes_at(*table_address, wanted);
    const auto strings = image.bytes_at(*string_address, std::min(*string_size, k_string_bytes));
    if (image.read_error()) return fail(*image.read_error());
    if (!table || !strings) return out;

    const auto versions = read_versions(image, *count);
    if (image.read_error()) return fail(*image.read_error());
    out.complete = table->size() == *count * entry && strings->size() == *string_size;
    for (std::size_t at = 0; at + entry <= table->size(); at += entry) {
        const auto symbol = image.fields(*table).at(at);
        const std::size_t index = symbol.u32(offsetof(Elf64_Sym, st_name)); // first in both
        if (index == 0) continue;
        const auto end = index < strings->size() ? strings->find('\0', index) : std::string::npos;
        if (end == std::string::npos || end - index > k_name_limit) {
            out.complete = false;
            continue;
        }
        out.symbols.push_back(decode(image, symbol, strings->substr(index, end - index),
                                     image.fields(versions).u16(at / entry * 2)));
    }
    return out;
}

} // namespace envfix::formats
