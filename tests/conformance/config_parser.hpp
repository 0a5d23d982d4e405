#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envfix::conformance {

/// What configparser.ConfigParser(delimiters="=") with names in their own case gives:
/// importlib.metadata of 3.8 and 3.9 reads entry_points.txt with it. envfix itself reads that file
/// leniently.
struct ConfigItems {
    struct Item {
        std::string section;
        std::string name;
        std::string value;
    };

    std::vector<Item> items;
    std::string error; ///< name of the exception, empty if there is none
};

ConfigItems read_config(std::string_view text);

} // namespace envfix::conformance
