#include "capture/sys_path.hpp"

#include "kinds.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace envfix::conformance {

namespace {

using nlohmann::json;

using Substitutions = std::map<std::string, std::string>;

std::string substituted(std::string text, const Substitutions& values)
{
    for (const auto& [name, value] : values) {
        const std::string mark = "{" + name + "}";
        for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }
    return text;
}

std::string from_base64(std::string_view text)
{
    constexpr std::string_view k_digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned bits = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = k_digits.find(c);
        if (digit == k_digits.npos) continue;
        bits = (bits << 6U) | static_cast<unsigned>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
    return bytes;
}

struct Interpreter {
    capture::PathFacts facts;
    std::string family;
    Substitutions values;
};

using Interpreters = std::map<std::string, Interpreter>;

Interpreter read_interpreter(const json& row)
{
    Interpreter out;
    out.family = row.at("family");
    const std::string version = row.at("version");
    std::sscanf(version.c_str(), "%d.%d.%d", &out.facts.major, &out.facts.minor, &out.facts.micro);
    out.values = row.at("subst").get<Substitutions>();
    out.facts.free_threaded = out.values["t"] == "t";
    out.facts.debian = out.family == "debian";
    if (out.facts.debian) out.facts.build_prefix = out.facts.build_exec_prefix = "/usr";
    return out;
}

/// The files of a layout, made in a folder of their own.
void make_files(const TempFolder& folder, const json& files, const Substitutions& values)
{
    for (const auto& file : files) {
        const auto path = substituted(file.at("path"), values);
        const std::string type = file.at("type");
        if (type == "dir") {
            folder.folder(path);
        } else if (type == "symlink") {
            folder.link(path, substituted(file.at("target"), values));
        } else if (type == "stdlib") {
            folder.file(path + "/os.py");
            if (!file.value("no_dynload", false)) folder.folder(path + "/lib-dynload");
        } else {
            const auto bytes = file.contains("base64") ? from_base64(std::string(file["base64"]))
                                                       : file.value("content", std::string());
            folder.file(path, substituted(bytes, values));
            if (type == "exe") ::chmod((folder / path).c_str(), 0755);
        }
    }
}

json as_json(const std::optional<std::string>& text)
{
    return text ? json(*text) : json();
}

/// What the program would see, in the words of a row's result.
json as_result(const capture::SysPath& found)
{
    if (!found.fatal.empty()) return {{"fatal", true}};
    json path = json::array();
    if (found.first) path.push_back(*found.first);
    for (const auto& entry : found.entries)
        path.push_back(entry.path);
    return {{"sys_path", path},
            {"prefix", found.prefix},
            {"base_prefix", found.base_prefix},
            {"exec_prefix", found.exec_prefix},
            {"executable", found.executable},
            {"enable_user_site", found.enable_user_site ? json(*found.enable_user_site) : json()},
            {"user_site", as_json(found.user_site)}};
}

/// A row's result with the placeholders filled in and without what is not to be told.
json wanted(const json& result, const Substitutions& values, const capture::SysPath& found)
{
    if (result.value("fatal", false)) return {{"fatal", true}};
    json want = json::parse(substituted(result.dump(), values));
    for (const char* key : {"interps", "stderr_first_line", "meta_path_extra", "rc", "stderr"})
        want.erase(key);
    if (!found.executed.empty()) {
        // What an import line added is unknown to who does not run it.
        json known = json::array();
        for (const auto& path : want["sys_path"]) {
            const bool ours =
                std::any_of(found.entries.begin(), found.entries.end(),
                            [&path](const auto& entry) { return path == json(entry.path); });
            if (ours || (found.first && path == json(*found.first))) known.push_back(path);
        }
        want["sys_path"] = known;
    }
    return want;
}

/// Nothing if the interpreter's answer is the expected one, else both.
json differences(const json& row, const json& result, const std::string& name,
                 const Interpreter& interpreter)
{
    const TempFolder folder;
    auto values = interpreter.values;
    values["ROOT"] = folder.path();
    make_files(folder, row.at("files"), values);

    // Told that the folder is the root, paths begin there.
    const bool is_root = row.at("family") == "debian-sysroot";
    if (is_root) values["ROOT"] = "";
    capture::Invocation invocation{.cwd = substituted(row.at("cwd"), values)};
    for (const std::string word : row.at("argv"))
        invocation.argv.push_back(substituted(word, values));
    for (const auto& [key, value] : row.at("env").items())
        invocation.environment[key] = substituted(value, values);
    if (!invocation.environment.contains("PATH")) invocation.environment["PATH"] = "/usr/bin:/bin";
    if (invocation.cwd.empty()) invocation.cwd = "/";

    const auto tree = fs::Tree::open(is_root ? folder.path() : "/");
    if (!tree) return {{"interpreter", name}, {"error", tree.error().message}};
    const auto found = capture::sys_path_of_invocation(*tree, interpreter.facts, invocation);
    if (!found) return {{"interpreter", name}, {"error", found.error().message}};
    if (result.value("machine_dependent", false)) {
        if (!found->complete || interpreter.facts.debian) return {};
        return {{"interpreter", name}, {"got", as_result(*found)}, {"want", "prefix unknown"}};
    }
    const json want = wanted(result, values, *found);
    const json got = as_result(*found);
    if (want == got) return {};
    return {{"interpreter", name}, {"want", want}, {"got", got}};
}

void run_layout(const json& row, const Interpreters& interpreters, Report& report)
{
    json wrong = json::array();
    for (const auto& result : row.at("results")) {
        for (const std::string name : result.at("interps")) {
            const auto found = interpreters.find(name);
            if (found == interpreters.end()) {
                wrong.push_back({{"interpreter", name}, {"error", "no such interp row"}});
                continue;
            }
            json different = differences(row, result, name, found->second);
            if (!different.is_null()) wrong.push_back(std::move(different));
        }
    }
    report.equal(row.at("name"), json::array(), wrong);
}

} // namespace

void run_sys_path(const Rows& rows, Report& report)
{
    Interpreters interpreters;
    for_each_row(rows, report, [&](const json& row) {
        const std::string kind = row.at("kind");
        if (kind == "interp") {
            interpreters[row.at("name")] = read_interpreter(row);
            report.pass();
        } else if (kind == "layout") {
            run_layout(row, interpreters, report);
        } else {
            report.fail(row, "a kind of row", kind);
        }
    });
}

} // namespace envfix::conformance
