#include "remedy/trial.hpp"

#include "formats/pth.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_pth_cap = std::size_t{64} * 1024;
constexpr std::string_view k_pth = ".pth";

std::string joined(const std::string& folder, const std::string& name)
{
    return folder.empty() ? name : folder + "/" + name;
}

std::string name_of(const std::string& path)
{
    return path.substr(path.rfind('/') + 1);
}

/// The folder and all above it, down to the root's "".
void add_with_parents(std::set<std::string>& folders, std::string path)
{
    while (folders.insert(path).second && !path.empty()) {
        path = fs::parent_of(path);
    }
}

/// Which folders have to be real ones.
std::set<std::string> real_folders(const Target& target, const std::vector<Change>& changes)
{
    std::set<std::string> folders;
    add_with_parents(folders, target.site);
    if (target.entry != Entry::user_base) add_with_parents(folders, "bin");
    for (const auto& change : changes) {
        add_with_parents(folders, fs::parent_of(change.path));
    }
    return folders;
}

/// "/a/b/../c" without its dots; a path that climbs above "/" stays there, as for the kernel.
std::string normalized(std::string_view path)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = path.find('/');
        const auto part = path.substr(0, end);
        if (part == "..") {
            if (!parts.empty()) parts.pop_back();
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
        if (end == std::string_view::npos) break;
        path.remove_prefix(end + 1);
    }
    std::string out;
    for (const auto part : parts) {
        out += '/';
        out += part;
    }
    return out.empty() ? "/" : out;
}

int micro_of(const std::string& version)
{
    const auto dot = version.rfind('.');
    int micro = 0;
    if (dot == std::string::npos || version.find('.') == dot) return micro;
    std::from_chars(version.data() + dot + 1, version.data() + version.size(), micro);
    return micro;
}

} // namespace

std::vector<ShadowEntry> shadow_entries(const Target& target, const std::vector<Change>& changes,
                                        const View& view)
{
    const auto folders = real_folders(target, changes);
    std::map<std::string, std::string> changed; ///< path to what comes; empty: it only goes
    std::map<std::string, std::set<std::string>> arrivals; ///< by folder: names that come
    for (const auto& change : changes) {
        changed[change.path] = change.staged;
        if (!change.staged.empty())
            arrivals[fs::parent_of(change.path)].insert(name_of(change.path));
    }

    std::vector<ShadowEntry> entries;
    for (const auto& folder : folders) { // sorted: a folder before what is in it
        std::vector<ShadowEntry> inside;
        for (const auto& entry : view.names(folder)) {
            const auto path = joined(folder, entry.name);
            if (path == k_work_area || folders.contains(path) || changed.contains(path)) continue;
            const bool path_file = folder == target.site && entry.name.ends_with(k_pth) &&
                                   entry.type == fs::FileType::regular;
            inside.push_back(
                {.kind = path_file ? ShadowEntry::Kind::path_file : ShadowEntry::Kind::link,
                 .path = path,
                 .source = path});
        }
        if (const auto coming = arrivals.find(folder); coming != arrivals.end()) {
            for (const auto& name : coming->second) {
                const auto path = joined(folder, name);
                inside.push_back(
                    {.kind = ShadowEntry::Kind::link, .path = path, .source = changed.at(path)});
            }
        }
        if (!folder.empty())
            entries.push_back({.kind = ShadowEntry::Kind::folder, .path = folder, .source = {}});
        entries.insert(entries.end(), inside.begin(), inside.end());
    }
    // A folder that would be empty is not made: the transaction removes it too, since an empty
    // folder can be imported.
    for (bool again = true; again;) {
        again = false;
        std::set<std::string> parents;
        for (const auto& entry : entries) {
            parents.insert(fs::parent_of(entry.path));
        }
        const auto is_empty = [&](const ShadowEntry& entry) {
            return entry.kind == ShadowEntry::Kind::folder && !parents.contains(entry.path) &&
                   entry.path != target.site && entry.path != "bin";
        };
        again = std::erase_if(entries, is_empty) > 0;
    }
    return entries;
}

std::string rewrite_pth(const std::string& text, const model::Interpreter& interpreter,
                        const std::string& site, const std::string& root, const std::string& shadow)
{
    const auto rules =
        formats::PthRules::of(interpreter.major, interpreter.minor, micro_of(interpreter.version));
    const auto file = formats::parse_pth(text, rules);
    if (file.not_utf8) return text; // the interpreter does not start with it, there or here
    std::string out;
    for (const auto& line : file.lines) {
        if (line.kind == formats::PthKind::import) out += line.text + "\n";
        if (line.kind != formats::PthKind::path) continue;
        const auto path =
            normalized(line.text.starts_with('/') ? line.text : site + "/" + line.text);
        const bool inside = path.starts_with(root + "/");
        out += (inside ? shadow + path.substr(root.size()) : path) + "\n";
    }
    return out;
}

Result<Shadow> build_shadow(const fs::WriteTree& root, const Target& target,
                            const model::Interpreter& interpreter,
                            const std::vector<Change>& changes, const std::string& shadow)
{
    const View view = view_of(root);
    const auto absolute = root.path() + "/" + shadow;
    ENVFIX_CHECK(root.make_directory(shadow, 0700));
    for (const auto& entry : shadow_entries(target, changes, view)) {
        const auto path = shadow + "/" + entry.path;
        switch (entry.kind) {
        case ShadowEntry::Kind::folder: ENVFIX_CHECK(root.make_directory(path, 0700)); break;
        case ShadowEntry::Kind::link:
            ENVFIX_CHECK(root.make_link(path, root.path() + "/" + entry.source));
            break;
        case ShadowEntry::Kind::path_file: {
            ENVFIX_TRY(const auto text, root.read(entry.source, k_pth_cap));
            ENVFIX_CHECK(root.write_file(
                path, rewrite_pth(text, interpreter, target.site_path(), root.path(), absolute),
                0600));
            break;
        }
        }
    }
    Shadow made{.python = target.python, .environment = {}};
    switch (target.entry) {
    case Entry::venv:
        made.python = absolute + "/bin/" + name_of(target.python);
        if (!root.exists(shadow + "/bin/" + name_of(target.python))) {
            ENVFIX_CHECK(root.make_link(shadow + "/bin/" + name_of(target.python), target.python));
        }
        break;
    case Entry::user_base: made.environment.push_back("PYTHONUSERBASE=" + absolute); break;
    case Entry::home: made.environment.push_back("PYTHONHOME=" + absolute); break;
    }
    return made;
}

} // namespace envfix::remedy
