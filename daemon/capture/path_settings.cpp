#include "capture/path_settings.hpp"

#include "capture/folder_view.hpp"
#include "capture/local_modules.hpp"
#include "capture/python_path.hpp"
#include "formats/module_finder.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace envfix::capture {

namespace {

using formats::SettingsForm;

constexpr std::size_t k_file_cap = 256UL * 1024;
constexpr std::size_t k_most_names = 2000;
constexpr std::size_t k_most_libraries = 20'000;
constexpr std::size_t k_most_units = 200;
constexpr std::size_t k_most_offers = 32;

bool is_search_path(std::string_view name)
{
    return name == "PYTHONPATH" || name == "PYTHONHOME" || name == "LD_LIBRARY_PATH";
}

std::vector<RawSetting> read_settings(Looked& looked, const std::string& file, SettingsForm form,
                                      const formats::Variables& known)
{
    std::vector<RawSetting> found;
    const auto text = looked.read(file, k_file_cap);
    if (!text) return found;
    for (auto& setting : formats::parse_settings(*text, form, known)) {
        if (!is_search_path(setting.name)) continue;
        found.push_back({std::move(setting.name), std::move(setting.value), file, setting.line});
    }
    return found;
}

void append(std::vector<RawSetting>& to, std::vector<RawSetting> from)
{
    std::ranges::move(from, std::back_inserter(to));
}

void read_folder(Looked& looked, const std::string& folder, const formats::Variables& known,
                 std::vector<RawSetting>& out)
{
    const auto entries = looked.list(folder, k_most_names);
    if (!entries) return;
    for (const auto& entry : *entries) {
        if (!entry.name.ends_with(".conf")) continue;
        append(out, read_settings(looked, folder + "/" + entry.name, SettingsForm::environment_d,
                                  known));
    }
}

void read_units(Looked& looked, const std::string& folder, const std::string& home,
                std::vector<RawUnit>& out)
{
    const auto entries = looked.list(folder, k_most_names);
    if (!entries) return;
    for (const auto& entry : *entries) {
        // Links lead to units that packages installed: those start no project.
        const bool counts = entry.name.ends_with(".service") && entry.type == fs::FileType::regular;
        if (!counts || out.size() == k_most_units) continue;
        const auto path = folder + "/" + entry.name;
        if (const auto text = looked.read(path, k_file_cap))
            out.push_back({path, formats::parse_unit_file(*text, home)});
    }
}

bool lies_in(const std::string& path, const std::string& folder)
{
    return !folder.empty() && path.starts_with(folder) &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

/// Folders that the dynamic loader searches anyway.
bool is_default_library_folder(const std::string& folder, const std::string& multiarch)
{
    constexpr std::array<std::string_view, 5> k_folders{"/lib", "/usr/lib", "/lib64", "/usr/lib64",
                                                        "/usr/local/lib"};
    return std::ranges::find(k_folders, folder) != k_folders.end() ||
           folder == "/lib/" + multiarch || folder == "/usr/lib/" + multiarch;
}

class Settings {
public:
    Settings(Looked& looked, const SettingsQuestion& question)
        : m_looked(looked), m_question(question), m_modules(top_modules(question.chain))
    {
    }

    void add(const RawSetting& raw, const std::string& folder)
    {
        model::PathSetting setting{
            .variable = raw.variable, .declared_by = raw.file, .line = raw.line};
        for (const auto& part : formats::split_search_path(raw.value)) {
            if (!part.starts_with('/') && folder.empty())
                continue; // relative to wherever the program is started
            setting.entries.push_back(absolute_path(folder.empty() ? "/" : folder, part));
        }
        add(std::move(setting));
    }

    void add(model::PathSetting setting)
    {
        if (setting.entries.empty()) return;
        if (setting.variable == "PYTHONHOME") {
            const auto& home = setting.entries.front();
            const auto& python = m_question.interpreter;
            if (python.base_prefix.empty() || home == python.base_prefix ||
                same_folder(home, python.base_prefix))
                return;
        } else {
            for (const auto& entry : setting.entries) {
                if (setting.variable == "PYTHONPATH") {
                    add_modules(entry, setting.offers);
                } else {
                    add_libraries(entry, setting.offers);
                }
            }
            if (setting.offers.empty()) return;
        }
        m_out.push_back(std::move(setting));
    }

    std::vector<model::PathSetting> take() { return std::move(m_out); }

private:
    [[nodiscard]] bool same_folder(const std::string& one, const std::string& other) const
    {
        const auto real = m_looked.tree().real_path(one);
        const auto wanted = m_looked.tree().real_path(other);
        return real && wanted && *real == *wanted;
    }

    void add_modules(const std::string& entry, std::vector<model::PathOffer>& offers) const
    {
        const FolderViews folder(m_looked.tree(), {entry});
        if (!folder.views().front()) return;
        const auto pointers = folder.pointers();
        const auto& suffixes = m_question.interpreter.extension_suffixes;
        for (const auto& module : m_modules) {
            const auto found = formats::find_module(pointers, module, suffixes);
            if (!found || found->kind == formats::ModuleKind::namespace_package ||
                offers.size() == k_most_offers)
                continue;
            offers.push_back({entry, module, entry + "/" + found->file.path});
        }
        // Another version's standard library in front of the interpreter's own stops most programs.
        const bool is_library =
            folder.views().front()->kind_of("os.py") == formats::NodeKind::file &&
            folder.views().front()->kind_of("site.py") == formats::NodeKind::file;
        if (is_library && !same_folder(entry, m_question.interpreter.stdlib))
            offers.push_back({entry, "os", entry + "/os.py"});
    }

    void add_libraries(const std::string& entry, std::vector<model::PathOffer>& offers) const
    {
        if (is_default_library_folder(entry, m_question.interpreter.multiarch)) return;
        const auto names = m_looked.tree().list(entry, k_most_libraries);
        if (!names) return;
        for (const auto& name : *names) {
            const bool counts = name.name.starts_with("libssl.so.") ||
                                name.name.starts_with("libcrypto.so.") ||
                                name.name.starts_with("libffi.so.");
            if (counts && offers.size() < k_most_offers)
                offers.push_back({entry, name.name, entry + "/" + name.name});
        }
    }

    Looked& m_looked;
    const SettingsQuestion& m_question;
    std::vector<std::string> m_modules;
    std::vector<model::PathSetting> m_out;
};

} // namespace

UserSettings read_user_settings(Looked& looked, const std::string& home)
{
    UserSettings user;
    formats::Variables known;
    if (!home.empty()) known.emplace("HOME", home);
    append(user.settings, read_settings(looked, "/etc/environment", SettingsForm::dotenv, known));
    read_folder(looked, "/etc/environment.d", known, user.settings);
    read_units(looked, "/etc/systemd/system", "/root", user.units);
    if (home.empty()) return user;
    read_folder(looked, home + "/.config/environment.d", known, user.settings);
    for (const auto* name : {"/.profile", "/.bash_profile", "/.bashrc", "/.zshenv", "/.zshrc"}) {
        append(user.settings, read_settings(looked, home + name, SettingsForm::shell, known));
    }
    read_units(looked, home + "/.config/systemd/user", home, user.units);
    return user;
}

bool is_of_project(const RawUnit& unit, const model::Environment& environment)
{
    const auto concerns = [&](const std::string& path) {
        return lies_in(path, environment.path) ||
               (environment.project != "/" && lies_in(path, environment.project));
    };
    if (concerns(unit.unit.working_directory)) return true;
    return std::ranges::any_of(unit.unit.commands, [&](const formats::UnitCommand& command) {
        return std::ranges::any_of(command.words, concerns);
    });
}

std::vector<model::PathSetting> find_path_settings(Looked& looked, const UserSettings& user,
                                                   const SettingsQuestion& question)
{
    Settings settings(looked, question);
    const auto& project = question.environment.project;
    if (!project.empty()) {
        const formats::Variables known{{"HOME", question.home}, {"PWD", project}};
        for (const auto& raw :
             read_settings(looked, project + "/.env", SettingsForm::dotenv, known))
            settings.add(raw, project);
        for (const auto& raw :
             read_settings(looked, project + "/.envrc", SettingsForm::shell, known))
            settings.add(raw, project);
    }
    for (const auto& unit : user.units) {
        if (!is_of_project(unit, question.environment)) continue;
        const auto& folder = unit.unit.working_directory;
        for (const auto& setting : unit.unit.environment) {
            if (!is_search_path(setting.name)) continue;
            settings.add({setting.name, setting.value, unit.path, setting.line}, folder);
        }
        for (const auto& file : unit.unit.environment_files) {
            if (!file.starts_with('/')) continue;
            for (const auto& raw : read_settings(looked, file, SettingsForm::dotenv, {}))
                settings.add(raw, folder);
        }
    }
    for (const auto& raw : user.settings)
        settings.add(raw, {});
    for (const auto& setting : question.session)
        settings.add(setting);
    return settings.take();
}

} // namespace envfix::capture
