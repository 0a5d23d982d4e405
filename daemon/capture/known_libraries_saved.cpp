// KnownLibraries as bytes: what a short-lived process leaves for the next one.
#include "capture/known_libraries.hpp"

#include <algorithm>

namespace envfix::capture {

namespace {

constexpr std::uint32_t k_format = 0x314c6645; // "EfL1"
constexpr std::size_t k_most_saved = 32;

void put(fs::ByteWriter& out, const model::LoaderTrouble& trouble)
{
    out.u8(static_cast<std::uint8_t>(trouble.kind)).text(trouble.name).text(trouble.required_by).text(trouble.library);
    out.u32(static_cast<std::uint32_t>(trouble.searched.size()));
    for (const auto& folder : trouble.searched) out.text(folder);
}

model::LoaderTrouble take_trouble(fs::ByteReader& in)
{
    using Kind = model::LoaderTrouble::Kind;
    model::LoaderTrouble trouble;
    trouble.kind = static_cast<Kind>(std::min(in.u8(), static_cast<std::uint8_t>(Kind::other_libc)));
    trouble.name = in.text();
    trouble.required_by = in.text();
    trouble.library = in.text();
    const auto folders = in.count(sizeof(std::uint32_t));
    for (std::size_t i = 0; i < folders; ++i) trouble.searched.push_back(in.text());
    return trouble;
}

} // namespace

KnownLibraries KnownLibraries::load(std::string_view bytes, const FileMark& program)
{
    fs::ByteReader in(bytes);
    if (in.u32() != k_format || FileMark::take(in) != program) return {};
    KnownLibraries loaded;
    const auto count = in.count(sizeof(std::uint32_t));
    for (std::size_t n = 0; n < count && in.ok(); ++n) {
        auto key = in.text();
        Known known;
        const auto marks = in.count(sizeof(std::uint32_t));
        for (std::size_t m = 0; m < marks; ++m) {
            auto path = in.text();
            Mark mark;
            if (in.boolean()) mark = FileMark::take(in);
            known.marks.emplace_back(std::move(path), mark);
        }
        const auto troubles = in.count(1);
        for (std::size_t t = 0; t < troubles; ++t) known.troubles.push_back(take_trouble(in));
        loaded.m_known.insert_or_assign(std::move(key), std::move(known));
    }
    if (!in.finish("what is known of libraries")) return {};
    return loaded;
}

std::string KnownLibraries::save(const FileMark& program) const
{
    std::vector<const std::pair<const std::string, Known>*> chosen;
    for (const auto& entry : m_known) chosen.push_back(&entry);
    std::ranges::stable_partition(chosen, [](const auto* entry) { return entry->second.is_used; });
    chosen.resize(std::min(chosen.size(), k_most_saved));
    fs::ByteWriter out;
    out.u32(k_format);
    program.put(out);
    out.u32(static_cast<std::uint32_t>(chosen.size()));
    for (const auto* entry : chosen) {
        const auto& known = entry->second;
        out.text(entry->first).u32(static_cast<std::uint32_t>(known.marks.size()));
        for (const auto& [path, mark] : known.marks) {
            out.text(path).boolean(mark.has_value());
            if (mark) mark->put(out);
        }
        out.u32(static_cast<std::uint32_t>(known.troubles.size()));
        for (const auto& trouble : known.troubles) put(out, trouble);
    }
    return out.bytes();
}

} // namespace envfix::capture
