#include "remedy/old_venv.hpp"

#include "base/sha256.hpp"
#include "formats/direct_url.hpp"
#include "formats/dist_names.hpp"
#include "formats/metadata.hpp"
#include "formats/pyvenv_cfg.hpp"
#include "formats/wheel_info.hpp"
#include "pep/name.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/work_area.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_configuration_cap = std::size_t{16} * 1024;
constexpr std::size_t k_record_cap = std::size_t{16} * 1024 * 1024;
constexpr std::size_t k_metadata_cap = std::size_t{1024} * 1024;
constexpr std::size_t k_direct_url_cap = std::size_t{64} * 1024;
constexpr std::size_t k_script_cap = std::size_t{1024} * 1024;
constexpr std::size_t k_most_distributions = 5000;
constexpr std::string_view k_python = "python";
constexpr std::string_view k_bytecode = ".pyc";

/// "3.11" of "3.11.2", "3.11.2.final.0" and "3.11t"; zeros for what is no version.
std::pair<int, int> minor_version(std::string_view text)
{
    std::pair<int, int> version;
    const auto* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.first);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return {};
    const auto minor = std::from_chars(major.ptr + 1, end, version.second);
    return minor.ec == std::errc{} ? version : std::pair<int, int>{};
}

/// repr() of a prompt, as venv writes it, without its quotes.
std::string unquoted(std::string_view text)
{
    const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
                        text.back() == text.front();
    return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

struct SiteFolder {
    std::string path;
    std::pair<int, int> version;
    std::size_t distributions = 0;
};

std::vector<SiteFolder> site_folders(const fs::WriteTree& root)
{
    std::vector<SiteFolder> found;
    const auto names = root.list("lib");
    if (!names) return found;
    for (const auto& entry : *names) {
        if (!entry.name.starts_with(k_python)) continue;
        SiteFolder folder{.path = "lib/" + entry.name + "/site-packages",
                          .version = minor_version(std::string_view(entry.name).substr(k_python.size()))};
        const auto inside = root.list(folder.path);
        if (!inside || folder.version.first == 0) continue;
        folder.distributions =
            static_cast<std::size_t>(std::ranges::count_if(*inside, [](const fs::Entry& each) {
                return formats::parse_dist_name(each.name).kind == formats::DistKind::dist_info;
            }));
        found.push_back(std::move(folder));
    }
    return found;
}

/// The folder that packages were installed into.
const SiteFolder* choose(const std::vector<SiteFolder>& folders, std::pair<int, int> stated)
{
    const auto of_version = std::ranges::find_if(folders, [&](const SiteFolder& folder) {
        return folder.version == stated && folder.distributions > 0;
    });
    if (of_version != folders.end()) return &*of_version;
    const auto fullest = std::ranges::max_element(folders, {}, &SiteFolder::distributions);
    return fullest == folders.end() ? nullptr : &*fullest;
}

bool is_pure(const fs::WriteTree& root, const std::string& metadata)
{
    const auto text = root.read(metadata + "/WHEEL", k_metadata_cap);
    if (!text) return false;
    const auto wheel = formats::parse_wheel_info(*text);
    return wheel.root_is_purelib.value_or(false) &&
           std::ranges::any_of(wheel.tags, [](std::string_view tag) {
               return tag.starts_with("py") && tag.find("py3") != std::string_view::npos &&
                      tag.ends_with("-none-any");
           });
}

OldDistribution read_distribution(const fs::WriteTree& root, std::string metadata,
                                  const formats::DistName& named)
{
    OldDistribution found{.name = named.name, .version = named.version};
    const auto core_file =
        metadata + (named.kind == formats::DistKind::dist_info ? "/METADATA" : "/PKG-INFO");
    auto text = root.read(core_file, k_metadata_cap);
    if (!text && named.kind == formats::DistKind::egg_info)
        text = root.read(metadata, k_metadata_cap); // distutils wrote a plain file
    if (text) {
        const auto core = formats::parse_core_metadata(*text);
        found.name = core.name.value_or(found.name);
        found.version = core.version.value_or(found.version);
    }
    found.normalized = pep::normalize_name(found.name);
    if (const auto record = root.read(metadata + "/RECORD", k_record_cap)) {
        found.record = formats::parse_record(*record);
        found.record_sha256 = sha256_hex(*record);
    }
    if (const auto origin = root.read(metadata + "/direct_url.json", k_direct_url_cap)) {
        const auto parsed = formats::parse_direct_url(*origin);
        found.editable = parsed && parsed->editable;
    }
    found.pure = is_pure(root, metadata);
    found.metadata = std::move(metadata);
    return found;
}

/// Of two of one name: the one that has a RECORD, then the later folder, which has the higher
/// version as a rule.
bool is_better(const OldDistribution& one, const OldDistribution& other)
{
    if (one.record.has_value() != other.record.has_value()) return one.record.has_value();
    return one.metadata > other.metadata;
}

std::string first_component(std::string_view path, std::size_t from)
{
    const auto rest = path.substr(from);
    return std::string(rest.substr(0, rest.find('/')));
}

/// Names in the site folder that some RECORD lists something below.
std::set<std::string> owned_names(const OldVenv& venv)
{
    std::set<std::string> owned;
    for (const auto& distribution : venv.distributions) {
        owned.insert(first_component(distribution.metadata, venv.site.size() + 1));
        if (!distribution.record) continue;
        for (const auto& entry : distribution.record->entries) {
            const auto path = record_path(venv.site, entry.path, venv.path);
            if (path && path->starts_with(venv.site + "/"))
                owned.insert(first_component(*path, venv.site.size() + 1));
        }
    }
    return owned;
}

Result<void> read_site(const fs::WriteTree& root, OldVenv& venv)
{
    ENVFIX_TRY(const auto names, root.list(venv.site));
    std::map<std::string, OldDistribution> by_name;
    for (const auto& entry : names) {
        const auto named = formats::parse_dist_name(entry.name);
        const bool installed = named.kind == formats::DistKind::dist_info ||
                               named.kind == formats::DistKind::egg_info;
        if (!installed || named.leftover || named.name.empty()) continue;
        auto found = read_distribution(root, venv.site + "/" + entry.name, named);
        const auto there = by_name.find(found.normalized);
        if (there != by_name.end() && !is_better(found, there->second)) continue;
        auto key = found.normalized;
        by_name.insert_or_assign(std::move(key), std::move(found));
        if (by_name.size() > k_most_distributions)
            return fail(ErrorCode::too_large, venv.path + " holds too many distributions");
    }
    for (auto& [name, distribution] : by_name)
        venv.distributions.push_back(std::move(distribution));

    const auto owned = owned_names(venv);
    for (const auto& entry : names) {
        const auto named = formats::parse_dist_name(entry.name);
        if (owned.contains(entry.name) || named.leftover || named.kind == formats::DistKind::dist_info ||
            entry.name == "__pycache__")
            continue;
        const bool path_file = entry.type == fs::FileType::regular &&
                               (entry.name.ends_with(".pth") || entry.name.ends_with(".egg-link"));
        // virtualenv's own, which is made for the Python that it was made with.
        if (entry.name.starts_with("_virtualenv.")) continue;
        auto& list = path_file ? venv.path_files : venv.unowned;
        list.push_back(venv.site + "/" + entry.name);
    }
    return {};
}

std::vector<std::string> settings_of(const fs::WriteTree& root)
{
    std::vector<std::string> files;
    const auto names = root.list("");
    for (const auto& entry : names ? *names : std::vector<fs::Entry>{}) {
        if (entry.type == fs::FileType::regular && entry.name != "pyvenv.cfg")
            files.push_back(entry.name);
    }
    return files;
}

/// Whether a script starts a Python of a venv in another place than this one. pip writes
/// `#!/venv/bin/python`, or for long paths `#!/bin/sh` and `'''exec' /venv/bin/python "$0" "$@"`.
bool is_of_another_place(const std::string& text, const std::string& venv)
{
    if (!text.starts_with("#!")) return false;
    const auto first = text.substr(0, text.find('\n'));
    const bool trampoline = first.find("/bin/sh") != std::string::npos;
    const auto second_end = text.find('\n', std::min(first.size() + 1, text.size()));
    const auto line =
        trampoline ? text.substr(std::min(first.size() + 1, text.size()),
                                 second_end == std::string::npos ? second_end
                                                                 : second_end - first.size() - 1)
                   : first;
    if (trampoline && line.find("exec") == std::string::npos) return false; // a shell script
    if (line.find(k_python) == std::string::npos) return false;
    return line.find(venv + "/bin/") == std::string::npos;
}

} // namespace

Result<OldVenv> read_old_venv(const fs::WriteTree& root)
{
    const auto text = root.read("pyvenv.cfg", k_configuration_cap);
    if (!text)
        return fail(ErrorCode::not_supported,
                    root.path() + " is no venv: it has no pyvenv.cfg that can be read");
    const auto configuration = formats::parse_pyvenv_cfg(*text);
    OldVenv venv{.path = root.path()};
    const auto value = [&](std::string_view key) {
        return std::string(configuration.last(key).value_or(std::string_view{}));
    };
    venv.home = value("home");
    venv.prompt = unquoted(value("prompt"));
    venv.system_site = configuration.include_system_site_packages().value_or(true);
    auto stated = minor_version(value("version"));
    if (stated.first == 0) stated = minor_version(value("version_info"));
    const auto folders = site_folders(root);
    const auto* const site = choose(folders, stated);
    if (site == nullptr)
        return fail(ErrorCode::not_supported, root.path() + " has no folder for packages");
    venv.site = site->path;
    venv.major = site->version.first;
    venv.minor = site->version.second;
    ENVFIX_CHECK(read_site(root, venv));
    venv.settings = settings_of(root);
    return venv;
}

std::vector<std::string> files_of(const fs::WriteTree& root, const OldVenv& venv,
                                  const OldDistribution& distribution)
{
    std::vector<std::string> files;
    if (!distribution.record) return files;
    for (const auto& entry : distribution.record->entries) {
        auto path = record_path(venv.site, entry.path, venv.path);
        if (!path || path->ends_with(k_bytecode)) continue;
        const auto status = root.lstat(*path);
        if (status && status->is_regular()) files.push_back(*std::move(path));
    }
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

std::string why_not_as_it_is(const fs::WriteTree& root, const OldVenv& venv,
                             const OldDistribution& distribution)
{
    if (!distribution.record) return "it has no RECORD";
    for (const auto& entry : distribution.record->entries) {
        if (entry.path.ends_with(k_bytecode)) continue;
        const auto path = record_path(venv.site, entry.path, venv.path);
        if (!path) return path.error().message;
        const auto stated = formats::hex_digest(entry);
        const auto there = root.sha256(*path);
        if (!there) return *path + " is missing or cannot be read";
        if (entry.algorithm == "sha256" && (!stated || *stated != *there))
            return *path + " is not what RECORD says";
        if (!path->starts_with("bin/")) continue;
        const auto text = root.read(*path, k_script_cap);
        if (text && is_of_another_place(*text, venv.path))
            return *path + " belongs to a venv in another place";
    }
    return {};
}

} // namespace envfix::remedy
