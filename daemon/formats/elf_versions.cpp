// Both tables are chains of structures, each with a chain of its own; they are the same in both classes.
// Links lead forward only, and the number of steps is bounded, so that no chain is endless.
#include "formats/elf_versions.hpp"

#include <elf.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_version_limit = 4096;
constexpr std::uint64_t k_window = 8U << 10U; ///< most tables are smaller

class VersionTable {
public:
    /// The table at the address that the dynamic section's `tag` gives.
    VersionTable(ElfImage& image, std::uint64_t tag) : m_image(image), m_address(image.dynamic_value(tag)) {}

    /// The structure of that size at an offset; nothing, and a fault, where it is not wholly inside a segment.
    std::optional<ElfFields> at(std::uint64_t offset, std::size_t size)
    {
        if (++m_steps > k_version_limit) {
            m_image.note(ElfFault::limit);
            return {};
        }
        const bool is_inside = offset >= m_begin && offset - m_begin <= m_bytes.size() &&
                               m_bytes.size() - (offset - m_begin) >= size;
        if (!is_inside) {
            m_begin = offset;
            m_bytes = m_image.bytes_at(saturating_add(*m_address, offset), k_window).value_or(std::string());
            if (m_bytes.size() < size) {
                m_image.note(ElfFault::bad_table);
                return {};
            }
        }
        return m_image.fields(m_bytes).at(static_cast<std::size_t>(offset - m_begin));
    }

    [[nodiscard]] bool is_there() const { return m_address.has_value(); }

private:
    ElfImage& m_image;
    std::optional<std::uint64_t> m_address;
    std::string m_bytes; ///< a part of the table
    std::uint64_t m_begin = 0;
    std::size_t m_steps = 0;
};

} // namespace

std::vector<VersionNeed> read_version_needs(ElfImage& image)
{
    std::vector<VersionNeed> needs;
    const auto count = image.dynamic_value(DT_VERNEEDNUM).value_or(0);
    VersionTable table(image, DT_VERNEED);
    std::uint64_t at = 0;
    for (std::uint64_t file = 0; table.is_there() && file < count; ++file) {
        const auto need = table.at(at, sizeof(Elf64_Verneed));
        if (!need) return needs;
        const auto name = image.string(need->u32(offsetof(Elf64_Verneed, vn_file)));
        std::uint64_t aux_at = at + need->u32(offsetof(Elf64_Verneed, vn_aux));
        const auto versions = need->u16(offsetof(Elf64_Verneed, vn_cnt));
        for (std::uint16_t i = 0; i < versions; ++i) {
            const auto aux = table.at(aux_at, sizeof(Elf64_Vernaux));
            if (!aux) return needs;
            auto version = image.string(aux->u32(offsetof(Elf64_Vernaux, vna_name)));
            const auto flags = aux->u16(offsetof(Elf64_Vernaux, vna_flags));
            if (name && version) {
                needs.push_back({.file = *name,
                                 .version = *std::move(version),
                                 .weak = (flags & VER_FLG_WEAK) != 0,
                                 .hash = aux->u32(offsetof(Elf64_Vernaux, vna_hash)),
                                 .index = aux->u16(offsetof(Elf64_Vernaux, vna_other))});
            }
            const auto step = aux->u32(offsetof(Elf64_Vernaux, vna_next));
            if (step == 0) break;
            aux_at += step;
        }
        const auto step = need->u32(offsetof(Elf64_Verneed, vn_next));
        if (step == 0) break;
        at += step;
    }
    return needs;
}

std::vector<VersionOffer> read_version_offers(ElfImage& image)
{
    std::vector<VersionOffer> offers;
    const auto count = image.dynamic_value(DT_VERDEFNUM).value_or(0);
    VersionTable table(image, DT_VERDEF);
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; table.is_there() && i < count; ++i) {
        const auto offer = table.at(at, sizeof(Elf64_Verdef));
        if (!offer) return offers;
        // The first name is the version's; those after it are the versions that it follows.
        const auto aux = table.at(at + offer->u32(offsetof(Elf64_Verdef, vd_aux)), sizeof(Elf64_Verdaux));
        if (!aux) return offers;
        if (auto version = image.string(aux->u32(offsetof(Elf64_Verdaux, vda_name))))
            offers.push_back({*std::move(version), offer->u32(offsetof(Elf64_Verdef, vd_hash))});
        const auto step = offer->u32(offsetof(Elf64_Verdef, vd_next));
        if (step == 0) break;
        at += step;
    }
    return offers;
}

} // namespace envfix::formats
