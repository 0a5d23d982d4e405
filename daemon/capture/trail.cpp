#include "capture/trail.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::capture {

namespace {

using Kind = fs::Question::Kind;

constexpr std::size_t k_worth_a_folder = 12; // to open one takes as long as some looks

std::string_view parent_of(std::string_view path)
{
    const auto end = path.rfind('/');
    return end == std::string_view::npos || end == 0 ? std::string_view{} : path.substr(0, end);
}

/// A folder on the device to ask its file system by; nothing where none was seen.
std::optional<fs::Directory> folder_on(const fs::Tree& tree, const fs::Question& question, const fs::Status& status)
{
    if (question.kind != Kind::stat) return std::nullopt;
    auto folder = tree.directory(status.is_directory() ? question.path : std::string(parent_of(question.path)));
    if (!folder || folder->status().device != status.device) return std::nullopt;
    return *std::move(folder);
}

bool has_honest_times(const fs::Tree& tree, const fs::Witness::Answers& answers)
{
    std::set<std::uint64_t> all;
    std::set<std::uint64_t> honest;
    for (const auto& [question, answer] : answers) {
        if (!answer.status) continue;
        all.insert(answer.status->device);
        if (honest.contains(answer.status->device)) continue;
        const auto folder = folder_on(tree, question, *answer.status);
        if (!folder) continue;
        if (!folder->has_honest_times()) return false;
        honest.insert(answer.status->device);
    }
    return all == honest;
}

/// The folders from which the paths are asked for: as deep as they can be with enough paths below each.
std::map<std::string_view, std::vector<std::string_view>> below_folders(const std::vector<std::string_view>& paths)
{
    std::map<std::string_view, std::vector<std::string_view>> waiting; // by the folder that may take them
    for (const auto path : paths) waiting[parent_of(path)].push_back(path);
    std::vector<std::string_view> folders;
    for (const auto& [folder, below] : waiting) {
        for (auto above = folder; !above.empty(); above = parent_of(above)) folders.push_back(above);
    }
    std::ranges::sort(folders, [](std::string_view a, std::string_view b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
    const auto last = std::ranges::unique(folders);
    folders.erase(last.begin(), last.end());
    for (const auto folder : folders) { // a folder comes after all that are below it
        const auto at = waiting.find(folder);
        if (at == waiting.end() || at->second.size() >= k_worth_a_folder) continue;
        auto below = std::move(at->second);
        waiting.erase(at);
        auto& above = waiting[parent_of(folder)];
        above.insert(above.end(), below.begin(), below.end());
    }
    return waiting;
}

/// That somebody may not look is not that there is nothing.
bool is_mark(const Mark& mark, const Result<fs::Status>& status)
{
    if (!status) return !mark && status.error().code == ErrorCode::not_found;
    return mark == FileMark::of(*status);
}

} // namespace

std::optional<Trail> Trail::of(const fs::Tree& tree, std::initializer_list<const fs::Witness*> witnesses, std::int64_t now_ns)
{
    fs::Witness::Answers answers;
    for (const auto* witness : witnesses) {
        auto testimony = witness->testimony();
        if (!testimony) return std::nullopt;
        for (auto& [question, answer] : *testimony) {
            const auto [at, is_new] = answers.emplace(question, answer);
            if (!is_new && at->second != answer) return std::nullopt;
        }
    }
    const auto is_recent = [&](const auto& entry) {
        return entry.second.status && FileMark::of(*entry.second.status).is_recent(now_ns);
    };
    if (std::ranges::any_of(answers, is_recent) || !has_honest_times(tree, answers)) return std::nullopt;

    std::vector<std::string_view> paths;
    for (const auto& [question, answer] : answers) {
        if (answer.text.empty() && (paths.empty() || paths.back() != question.path)) paths.emplace_back(question.path);
    }
    Trail trail;
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> places; // group, and where in the path the name begins
    for (const auto& [folder, below] : below_folders(paths)) {
        for (const auto path : below) places[path] = {trail.m_groups.size(), folder.empty() ? 0 : folder.size() + 1};
        trail.m_groups.push_back({.folder = std::string(folder), .looks = {}});
    }
    trail.m_groups.emplace_back(); // of what is asked for by its whole path
    std::vector<const fs::Witness::Answers::value_type*> ordered;
    for (const auto& entry : answers) ordered.push_back(&entry);
    // Most changes show in a folder.
    std::ranges::stable_partition(ordered, [](const auto* entry) { return entry->second.status && entry->second.status->is_directory(); });
    for (const auto* entry : ordered) {
        const auto& [question, answer] = *entry;
        const auto place = places.find(question.path);
        const auto [group, begin] = answer.text.empty() && place != places.end()
                                        ? place->second
                                        : std::pair{trail.m_groups.size() - 1, std::size_t{0}};
        trail.m_groups[group].looks.push_back({.name = question.path.substr(begin),
                                               .kind = question.kind,
                                               .mark = answer.status ? Mark(FileMark::of(*answer.status)) : std::nullopt,
                                               .text = answer.text});
    }
    return trail;
}

bool Trail::is_same(const fs::Tree& tree, const Group& group)
{
    // One that is not there was asked for things that are not there.
    const auto folder = group.folder.empty() ? Result<fs::Directory>(fail(ErrorCode::not_found, "")) : tree.directory(group.folder);
    const auto path_of = [&](const Look& look) { return group.folder.empty() ? look.name : group.folder + "/" + look.name; };
    return std::ranges::all_of(group.looks, [&](const Look& look) {
        switch (look.kind) {
        case Kind::stat: return is_mark(look.mark, folder ? folder->stat(look.name) : tree.stat(path_of(look)));
        case Kind::lstat: return is_mark(look.mark, folder ? folder->lstat(look.name) : tree.lstat(path_of(look)));
        case Kind::real_path: return tree.real_path(look.name) == look.text;
        case Kind::forbids_execution: break;
        }
        const auto on_mount = tree.directory(look.name);
        const auto forbidden = on_mount ? on_mount->forbids_execution() : Result<bool>(fail(on_mount.error()));
        return forbidden && (*forbidden ? "yes" : "no") == look.text;
    });
}

bool Trail::holds(const fs::Tree& tree) const
{
    return std::ranges::all_of(m_groups, [&](const Group& group) { return is_same(tree, group); });
}

bool Trail::is_empty() const
{
    return std::ranges::all_of(m_groups, [](const Group& group) { return group.looks.empty(); });
}

void Trail::put(fs::ByteWriter& out) const
{
    out.u32(static_cast<std::uint32_t>(m_groups.size()));
    for (const auto& group : m_groups) {
        out.text(group.folder).u32(static_cast<std::uint32_t>(group.looks.size()));
        for (const auto& look : group.looks) {
            out.text(look.name).u8(static_cast<std::uint8_t>(look.kind)).boolean(look.mark.has_value());
            if (look.mark) look.mark->put(out);
            out.text(look.text);
        }
    }
}

Trail Trail::take(fs::ByteReader& in)
{
    Trail trail;
    const auto groups = in.count(2 * sizeof(std::uint32_t));
    for (std::size_t g = 0; g < groups && in.ok(); ++g) {
        Group group{.folder = in.text(), .looks = {}};
        const auto looks = in.count(2 * sizeof(std::uint32_t));
        group.looks.reserve(looks);
        for (std::size_t n = 0; n < looks && in.ok(); ++n) {
            Look look{.name = in.text(), .kind = {}, .mark = {}, .text = {}};
            look.kind = static_cast<Kind>(std::min(in.u8(), static_cast<std::uint8_t>(Kind::forbids_execution)));
            if (in.boolean()) look.mark = FileMark::take(in);
            look.text = in.text();
            group.looks.push_back(std::move(look));
        }
        trail.m_groups.push_back(std::move(group));
    }
    return trail;
}

} // namespace envfix::capture
