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

    /// The structure at an offset; nothing, and a fault, where it is not wholly inside a segment. By value: the next one may
    /// lie outside the part of the table that is at hand, which is then read anew.
    std::optional<Elf64_Verneed> need(std::uint64_t offset)
    {
        const auto fields = at(offset, sizeof(Elf64_Verneed));
        if (!fields) return {};
        return Elf64_Verneed{.vn_version = fields->u16(offsetof(Elf64_Verneed, vn_version)),
                             .vn_cnt = fields->u16(offsetof(Elf64_Verneed, vn_cnt)),
                             .vn_file = fields->u32(offsetof(Elf64_Verneed, vn_file)),
                             .vn_aux = fields->u32(offsetof(Elf64_Verneed, vn_aux)),
                             .vn_next = fields->u32(offsetof(Elf64_Verneed, vn_next))};
    }

    std::optional<Elf64_Vernaux> needed_version(std::uint64_t offset)
    {
        const auto fields = at(offset, sizeof(Elf64_Vernaux));
        if (!fields) return {};
        return Elf64_Vernaux{.vna_hash = fields->u32(offsetof(Elf64_Vernaux, vna_hash)),
                             .vna_flags = fields->u16(offsetof(Elf64_Vernaux, vna_flags)),
                             .vna_other = fields->u16(offsetof(Elf64_Vernaux, vna_other)),
                             .vna_name = fields->u32(offsetof(Elf64_Vernaux, vna_name)),
                             .vna_next = fields->u32(offsetof(Elf64_Vernaux, vna_next))};
    }

    std::optional<Elf64_Verdef> offer(std::uint64_t offset)
    {
        const auto fields = at(offset, sizeof(Elf64_Verdef));
        if (!fields) return {};
        return Elf64_Verdef{.vd_version = fields->u16(offsetof(Elf64_Verdef, vd_version)),
                            .vd_flags = fields->u16(offsetof(Elf64_Verdef, vd_flags)),
                            .vd_ndx = fields->u16(offsetof(Elf64_Verdef, vd_ndx)),
                            .vd_cnt = fields->u16(offsetof(Elf64_Verdef, vd_cnt)),
                            .vd_hash = fields->u32(offsetof(Elf64_Verdef, vd_hash)),
                            .vd_aux = fields->u32(offsetof(Elf64_Verdef, vd_aux)),
                            .vd_next = fields->u32(offsetof(Elf64_Verdef, vd_next))};
    }

    std::optional<Elf64_Verdaux> offered_version(std::uint64_t offset)
    {
        const auto fields = at(offset, sizeof(Elf64_Verdaux));
        if (!fields) return {};
        return Elf64_Verdaux{.vda_name = fields->u32(offsetof(Elf64_Verdaux, vda_name)),
                             .vda_next = fields->u32(offsetof(Elf64_Verdaux, vda_next))};
    }

    [[nodiscard]] bool is_there() const { return m_address.has_value(); }

private:
    /// Holds until the next call.
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
        const auto need = table.need(at);
        if (!need) return needs;
        const auto name = image.string(need->vn_file);
        std::uint64_t aux_at = at + need->vn_aux;
        for (std::uint16_t i = 0; i < need->vn_cnt; ++i) {
            const auto aux = table.needed_version(aux_at);
            if (!aux) return needs;
            auto version = image.string(aux->vna_name);
            if (name && version) {
                needs.push_back({.file = *name,
                                 .version = *std::move(version),
                                 .weak = (aux->vna_flags & VER_FLG_WEAK) != 0,
                                 .hash = aux->vna_hash,
                                 .index = aux->vna_other});
            }
            if (aux->vna_next == 0) break;
            aux_at += aux->vna_next;
        }
        if (need->vn_next == 0) break;
        at += need->vn_next;
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
        const auto offer = table.offer(at);
        if (!offer) return offers;
        // The first name is the version's; those after it are the versions that it follows.
        const auto aux = table.offered_version(at + offer->vd_aux);
        if (!aux) return offers;
        if (auto version = image.string(aux->vda_name)) offers.push_back({*std::move(version), offer->vd_hash});
        if (offer->vd_next == 0) break;
        at += offer->vd_next;
    }
    return offers;
}

} // namespace envfix::formats
