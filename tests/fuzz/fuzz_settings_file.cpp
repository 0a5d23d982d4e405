#include "formats/settings_file.hpp"
#include "formats/unit_file.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix::formats;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Variables known{{"HOME", "/h"}, {"PWD", "/p"}};
    for (const auto form :
         {SettingsForm::dotenv, SettingsForm::environment_d, SettingsForm::shell}) {
        for (const auto& setting : parse_settings(text, form, known)) {
            if (setting.name.empty() || setting.line == 0) std::abort();
            for (const auto& part : split_search_path(setting.value)) {
                if (part.empty() || part.find(':') != part.npos) std::abort();
            }
        }
    }
    for (const auto& command : parse_unit_file(text, "/h").commands) {
        if (command.words.empty() || command.line == 0) std::abort();
    }
    return 0;
}
