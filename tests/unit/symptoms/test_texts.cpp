#include "shipped_diagnosis.hpp"
#include "support/catch.hpp"

#include <dirent.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace envfix;

namespace {

struct Case {
    std::string code;
    std::string text;
};

/// texts/*.txt: each case begins with a line "### code", and is what follows up to the next.
std::vector<Case> cases()
{
    std::vector<std::string> names;
    DIR* folder = ::opendir(ENVFIX_TEXTS);
    REQUIRE(folder != nullptr);
    while (const dirent* entry = ::readdir(folder)) {
        if (std::string name = entry->d_name; name.ends_with(".txt")) names.push_back(std::move(name));
    }
    ::closedir(folder);
    std::ranges::sort(names);
    std::vector<Case> all;
    for (const auto& name : names) {
        std::ifstream file(std::string(ENVFIX_TEXTS) + "/" + name);
        for (std::string line; std::getline(file, line);) {
            if (line.starts_with("### ")) {
                all.push_back({.code = line.substr(4)});
            } else {
                REQUIRE_FALSE(all.empty());
                all.back().text += line + "\n";
            }
        }
    }
    return all;
}

} // namespace

TEST_CASE("texts as people paste them have the expected first cause")
{
    const auto all = cases();
    CHECK(all.size() >= 150);
    for (const auto& [code, text] : all) {
        CAPTURE(text);
        CHECK(shipped_diagnosis().diagnose(text).front().code == code);
    }
}
