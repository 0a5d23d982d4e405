#include "capture/distributions.hpp"

#include "formats/dist_names.hpp"
#include "formats/metadata.hpp"
#include "pep/name.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::size_t k_metadata_cap = 1024UL * 1024;
constexpr std::size_t k_installer_cap = 256;
constexpr std::size_t k_most_distributions = 5000;

std::string trimmed(std::string text)
{
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
    return text;
}

/// How the metadata of one entry is stored: the file to read, and in which form.
model::MetadataForm form_of(const formats::DistName& name, const fs::Entry& entry)
{
    if (name.kind == formats::DistKind::dist_info) return model::MetadataForm::dist_info;
    return entry.type == fs::FileType::regular ? model::MetadataForm::egg_info_file
                                               : model::MetadataForm::egg_info_folder;
}

std::string metadata_file(model::MetadataForm form, const std::string& entry)
{
    switch (form) {
    case model::MetadataForm::dist_info: return entry + "/METADATA";
    case model::MetadataForm::egg_info_folder: return entry + "/PKG-INFO";
    case model::MetadataForm::egg_info_file: break;
    }
    return entry;
}

class Reader {
public:
    Reader(Installed& out, const Recall& recall) : m_out(out), m_recall(recall) {}

    void read_location(const FolderView& folder)
    {
        const auto& location = folder.directory().path();
        const auto& entries = folder.entries();
        if (folder.error()) note(location, *folder.error());
        if (location.ends_with(".egg")) read_egg(folder);
        for (const auto& entry : entries) {
            if (!looks_like_metadata(entry.name)) {
                if (entry.name.front() == '~') m_out.leftovers.push_back({location + "/" + entry.name, location});
                continue;
            }
            const auto name = formats::parse_dist_name(entry.name);
            const bool counts = name.kind == formats::DistKind::dist_info ||
                                name.kind == formats::DistKind::egg_info;
            if (!counts) continue;
            if (name.leftover) {
                m_out.leftovers.push_back({location + "/" + entry.name, location});
                continue;
            }
            if (m_out.distributions.size() >= k_most_distributions) {
                m_out.truncated = true;
                return;
            }
            read_one(folder.directory(), location, entry, name);
        }
    }

    /// A zipped egg: its metadata is compressed as well, so its name has to do.
    void read_zipped_egg(const std::string& path)
    {
        const auto name = formats::parse_dist_name(path.substr(path.rfind('/') + 1));
        if (name.kind != formats::DistKind::egg || m_out.distributions.size() >= k_most_distributions) return;
        m_out.distributions.push_back({.name = name.name,
                                       .normalized = pep::normalize_name(name.name),
                                       .version = name.version,
                                       .location = path,
                                       .metadata_path = path + "/EGG-INFO",
                                       .form = model::MetadataForm::egg_info_folder});
    }

private:
    /// The egg's own metadata, where the folder itself stands on sys.path.
    void read_egg(const FolderView& folder)
    {
        const auto& location = folder.directory().path();
        const auto name = formats::parse_dist_name(location.substr(location.rfind('/') + 1));
        const bool counts = name.kind == formats::DistKind::egg && folder.kind_of("EGG-INFO") == formats::NodeKind::directory;
        if (counts && m_out.distributions.size() < k_most_distributions) {
            read_one(folder.directory(), location, {.name = "EGG-INFO", .type = fs::FileType::directory}, name);
        }
    }

    static bool looks_like_metadata(std::string_view name)
    {
        const auto dot = name.rfind('.');
        if (dot == std::string_view::npos) return false;
        const auto ending = name.size() - dot;
        return ending == std::string_view(".dist-info").size() || ending == std::string_view(".egg-info").size();
    }

    void note(const std::string& path, const Error& error)
    {
        m_out.unreadable.push_back({path, error.message});
    }

    [[nodiscard]] Result<formats::CoreMetadata> core_metadata(const fs::Directory& directory, const std::string& name) const
    {
        if (m_recall.remembers()) {
            const auto status = directory.stat(name);
            const auto* known = status ? m_recall.find(&Memory::metadata, *status) : nullptr;
            if (known != nullptr) return *known;
        }
        ENVFIX_TRY(const auto file, directory.open_file(name));
        ENVFIX_TRY(const auto text, file.read_all(k_metadata_cap));
        auto core = formats::parse_core_metadata(text);
        m_recall.keep(&Memory::metadata, file.status(), core);
        return core;
    }

    void read_one(const fs::Directory& directory, const std::string& location, const fs::Entry& entry,
                  const formats::DistName& name)
    {
        model::Distribution found;
        found.form = form_of(name, entry);
        found.location = location;
        found.metadata_path = location + "/" + entry.name;
        auto core = core_metadata(directory, metadata_file(found.form, entry.name));
        if (core) {
            found.name = core->name.value_or(name.name);
            found.version = core->version.value_or(name.version);
            found.requires_dist = std::move(core->requires_dist);
            found.requires_python = core->requires_python.value_or("");
        } else {
            found.has_metadata = core.error().code != ErrorCode::not_found;
            found.name = name.name;
            if (found.has_metadata) note(found.metadata_path + "/METADATA", core.error());
        }
        // Lookup goes by the folder's name: METADATA's own Name plays no part in it.
        found.normalized = pep::normalize_name(name.name);
        if (found.form == model::MetadataForm::dist_info) {
            found.has_record = directory.exists(entry.name + "/RECORD");
            if (!found.has_record) {
                const auto installer = directory.read(entry.name + "/INSTALLER", k_installer_cap);
                if (installer) {
                    found.installer = trimmed(*installer);
                } else {
                    m_out.incomplete.push_back(found.metadata_path);
                }
            }
        }
        m_out.distributions.push_back(std::move(found));
    }

    Installed& m_out;
    const Recall& m_recall;
};

} // namespace

Installed read_distributions(const FolderViews& folders)
{
    Installed out;
    Reader reader(out, folders.recall());
    for (std::size_t i = 0; i < folders.views().size(); ++i) {
        const auto& folder = folders.views()[i];
        if (folder) reader.read_location(*folder);
        if (folders.is_archive(i)) reader.read_zipped_egg(folders.paths()[i]);
    }
    std::ranges::sort(out.leftovers, {}, &model::Leftover::path);
    return out;
}

std::string installer_of(const fs::Tree& tree, const model::Distribution& distribution, const Recall& recall)
{
    if (!distribution.installer.empty()) return distribution.installer;
    return trimmed(read_note(tree, distribution.metadata_path + "/INSTALLER", k_installer_cap, recall).value_or(""));
}

} // namespace envfix::capture
