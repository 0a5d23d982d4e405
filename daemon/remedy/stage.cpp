#include "remedy/stage.hpp"

#include "formats/metadata.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

using namespace std::chrono_literals;

constexpr auto k_install_limit = 300s;
constexpr std::size_t k_record_cap = std::size_t{16} * 1024 * 1024;
constexpr std::size_t k_metadata_cap = std::size_t{1024} * 1024;
constexpr std::size_t k_site_depth = 3;   ///< lib / pythonX.Y / site-packages
constexpr std::size_t k_deepest_site = 8; ///< Debian's is local/lib/python3.11/dist-packages
constexpr std::string_view k_dist_info = ".dist-info";

/// Folders of metadata below a stage, relative to the root, sorted.
Result<std::vector<std::string>> find_metadata(const fs::WriteTree& root, const std::string& stage)
{
    std::vector<std::string> found;
    std::vector<std::pair<std::string, std::size_t>> open{{stage, 0}};
    while (!open.empty()) {
        const auto [folder, depth] = std::move(open.back());
        open.pop_back();
        ENVFIX_TRY(const auto entries, root.list(folder));
        // Once metadata is seen this is a site folder, and what is beside it are packages.
        const bool is_site = std::ranges::any_of(
            entries, [](const fs::Entry& entry) { return entry.name.ends_with(k_dist_info); });
        for (const auto& entry : entries) {
            if (entry.type != fs::FileType::directory) continue;
            auto path = folder + "/" + entry.name;
            if (entry.name.ends_with(k_dist_info)) {
                found.push_back(std::move(path));
            } else if (!is_site && depth < k_deepest_site) {
                open.emplace_back(std::move(path), depth + 1);
            }
        }
    }
    std::ranges::sort(found);
    return found;
}

std::string above(std::string path, std::size_t components)
{
    for (; components > 0; --components) {
        path = fs::parent_of(path);
    }
    return path;
}

bool is_hash(std::string_view text)
{
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Where a staged path goes; empty for one that has no place below the target.
std::string destination(const std::string& path, const std::string& site, const Target& target)
{
    if (path.starts_with(site + "/")) return target.site + path.substr(site.size());
    const auto base = above(site, k_site_depth);
    if (!path.starts_with(base + "/")) return {};
    return path.substr(base.size() + 1);
}

Result<void> read_distribution(const fs::WriteTree& root, const std::string& metadata,
                               const std::string& stage, const Target& target, Staged& staged)
{
    ENVFIX_TRY(const auto record_text, root.read(metadata + "/RECORD", k_record_cap));
    ENVFIX_TRY(const auto metadata_text, root.read(metadata + "/METADATA", k_metadata_cap));
    const auto core = formats::parse_core_metadata(metadata_text);
    staged.distributions.push_back(core.name.value_or("?") + " " + core.version.value_or("?"));
    const auto site = fs::parent_of(metadata);
    const auto base = above(site, k_site_depth);
    if (base.size() < stage.size()) {
        return fail(ErrorCode::not_supported, "pip put " + metadata + " where no packages belong");
    }
    // Relative to the stage's own base, so that no entry leads out of it. The stage lies in
    // `.envfix`, which record_path would refuse.
    const auto prefix = base + "/";
    const auto site_in_base = site.substr(prefix.size());
    for (const auto& entry : formats::parse_record(record_text).entries) {
        ENVFIX_TRY(const auto inside,
                   record_path(site_in_base, entry.path, root.path() + "/" + base));
        const auto path = prefix + inside;
        const auto status = root.lstat(path);
        if (!status) {
            if (inside.ends_with(".pyc")) continue; // listed although nothing was compiled
            return fail(status.error());
        }
        if (!status->is_regular())
            return fail(ErrorCode::malformed, "pip staged no regular file: " + path);
        auto to = destination(path, site, target);
        if (to.empty()) return fail(ErrorCode::malformed, "no place for a staged file: " + path);
        staged.files.push_back({.staged = path, .path = std::move(to)});
    }
    return {};
}

std::vector<std::string> install_arguments(const std::vector<model::PackageChange>& packages,
                                           const std::string& wheels, const std::string& prefix,
                                           const std::string& list)
{
    std::vector<std::string> arguments{"install", "--no-index"};
    for (const auto& package : packages) {
        arguments.emplace_back("--find-links");
        arguments.push_back(wheels + "/" + package.sha256);
    }
    for (const auto* option :
         {"--no-deps", "--ignore-installed", "--no-compile", "--no-warn-script-location",
          "--only-binary", ":all:", "--require-hashes", "--quiet", "--prefix"}) {
        arguments.emplace_back(option);
    }
    arguments.push_back(prefix);
    arguments.emplace_back("-r");
    arguments.push_back(list);
    return arguments;
}

} // namespace

Result<Staged> read_staged(const fs::WriteTree& root, const std::string& stage,
                           const Target& target)
{
    Staged staged;
    ENVFIX_TRY(const auto folders, find_metadata(root, stage));
    for (const auto& folder : folders) {
        ENVFIX_CHECK(read_distribution(root, folder, stage, target, staged));
    }
    std::ranges::sort(staged.files);
    std::ranges::sort(staged.distributions);
    const auto twice = std::ranges::adjacent_find(staged.files, {}, &Incoming::path);
    if (twice != staged.files.end()) {
        return fail(ErrorCode::malformed, "two of the wheels bring the same file: " + twice->path);
    }
    return staged;
}

Result<std::string> requirements_of(const std::vector<model::PackageChange>& packages)
{
    std::string text;
    for (const auto& package : packages) {
        if (!is_package_name(package.distribution) || !is_package_version(package.to) ||
            !is_hash(package.sha256)) {
            return fail(ErrorCode::malformed, "not a package that can be installed: " +
                                                  package.distribution + " " + package.to);
        }
        text +=
            package.distribution + "==" + package.to + " --hash=sha256:" + package.sha256 + "\n";
    }
    return text;
}

asio::awaitable<Result<Staged>> stage_wheels(Target target, std::string stage,
                                             std::vector<model::PackageChange> packages, Pip pip,
                                             Surroundings surroundings)
{
    ENVFIX_CO_TRY(const auto root, fs::WriteTree::open(target.root));
    ENVFIX_CO_TRY(const auto requirements, requirements_of(packages));
    const auto list = stage + "/requirements.txt";
    const auto written = root.write_file(list, requirements, 0600);
    if (!written) co_return fail(written.error());
    const auto prefix = stage + "/pip";
    const auto made = root.make_directory(prefix, 0700);
    if (!made) co_return fail(made.error());

    const auto arguments = install_arguments(packages, surroundings.wheels,
                                             root.path() + "/" + prefix, root.path() + "/" + list);
    const PipSettings no_settings; // the wheels are there: no index is asked
    const auto ended = co_await run_pip(pip, arguments, no_settings, surroundings, k_install_limit);
    if (!ended) co_return fail(ended.error());
    if (!ended->well()) co_return fail(ErrorCode::io, pip_complaint(*ended, k_install_limit));

    auto staged = read_staged(root, prefix, target);
    if (staged && staged->distributions.size() != packages.size()) {
        co_return fail(ErrorCode::io,
                       "pip installed " + std::to_string(staged->distributions.size()) +
                           " distributions instead of " + std::to_string(packages.size()));
    }
    co_return staged;
}

std::vector<KeptFile> missing_or_changed(const KeptDistribution& kept, const fs::WriteTree& root,
                                         const Target& target)
{
    std::vector<KeptFile> files;
    for (const auto& file : kept.files) {
        const auto path = record_path(target.site, file.path, target.root);
        if (!path) continue;
        const auto status = root.lstat(*path);
        if (status && status->is_regular() && status->size == file.size) {
            const auto hash = root.sha256(*path);
            if (hash && *hash == file.sha256) continue;
        }
        files.push_back(file);
    }
    return files;
}

namespace {

/// pip notes in REQUESTED that a person asked for the distribution, perhaps after it was kept. The kept RECORD does not list that
/// file then, and what no RECORD lists is never kept again nor uninstalled.
Result<void> list_requested(const std::string& record, const std::string& staged, const fs::WriteTree& root, const Target& target)
{
    constexpr std::string_view k_record = "RECORD";
    const auto requested = record.substr(0, record.size() - k_record.size()) + "REQUESTED";
    const auto path = record_path(target.site, requested, target.root);
    const bool plain = requested.find_first_of(",\"\r\n") == std::string::npos;
    const auto there = path && plain ? root.lstat(*path) : Result<fs::Status>(fail(ErrorCode::not_found, requested));
    if (!there || !there->is_regular()) return {};
    ENVFIX_TRY(auto text, root.read(staged, k_record_cap));
    const auto listed = formats::parse_record(text);
    if (std::ranges::find(listed.entries, requested, &formats::RecordEntry::path) != listed.entries.end()) return {};
    ENVFIX_TRY(const auto status, root.lstat(staged));
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    return root.atomic_replace(staged, text + requested + ",,\n", status.mode & 07777U);
}

} // namespace

Result<Staged> stage_kept(Store& store, const KeptDistribution& kept,
                          const std::vector<KeptFile>& files, const fs::WriteTree& root,
                          const std::string& stage, const Target& target)
{
    Staged staged;
    staged.distributions.push_back(kept.name + " " + kept.version);
    const auto folder = stage + "/store";
    if (!root.exists(folder)) {
        ENVFIX_CHECK(root.make_directory(folder, 0700));
    }
    for (const auto& file : files) {
        ENVFIX_TRY(auto path, record_path(target.site, file.path, target.root));
        const auto to = folder + "/" + path;
        ENVFIX_CHECK(root.make_directories(fs::parent_of(to)));
        ENVFIX_CHECK(store.fetch(file, root, to));
        if (file.path.ends_with(".dist-info/RECORD")) {
            ENVFIX_CHECK(list_requested(file.path, to, root, target));
        }
        staged.files.push_back({.staged = to, .path = std::move(path)});
    }
    std::ranges::sort(staged.files);
    return staged;
}

} // namespace envfix::remedy
