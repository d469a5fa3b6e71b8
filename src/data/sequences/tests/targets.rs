//! Which column is guessed as the one to be forecast.

use super::*;

/// A wave with noise that rises and falls, from 20 to 35 or so; another for each column.
fn wave(row: usize, column: usize) -> f64 {
    let noise = (row * 7919 + column * 104_729) % 101;
    let wave = libm::sin(row as f64 * (0.3 + 0.1 * column as f64)) * 6.0;
    ((25.0 + wave + noise as f64 * 0.05) * 10.0).round() / 10.0
}

/// Forty days of columns with these names, `cell` of each row and column; by default a wave.
fn table_of(names: &[&str], cell: &dyn Fn(usize, &str) -> Option<String>) -> String {
    let mut text = format!("date;{}\n", names.join(";"));
    for row in 0..40 {
        text += &format!("2024-{:02}-{:02}", row / 28 + 1, row % 28 + 1);
        for (column, name) in names.iter().enumerate() {
            let cell = cell(row, name).unwrap_or_else(|| wave(row, column).to_string());
            text += &format!(";{cell}");
        }
        text += "\n";
    }
    text
}

fn target_of(text: &str) -> (String, String) {
    let roles = Roles::guess(&csv(text));
    let mut columns = roles.columns.into_iter();
    let target = columns.find(|guess| guess.role == Role::Target);
    target.map_or_else(Default::default, |guess| (guess.column, guess.reason))
}

/// Of columns with these names and nothing but waves.
fn target(names: &[&str]) -> String {
    target_of(&table_of(names, &|_, _| None)).0
}

#[test]
fn the_first_measure_after_the_time_comes_before_the_others() {
    let (name, why) = target_of(&table_of(&["USD", "JPY", "GBP"], &|_, _| None));
    assert_eq!(name, "USD");
    assert_eq!(
        why,
        "It is the first column of numbers that moves, forecast from its own past."
    );
    // Without a time, the last: what is told from the others.
    let (name, why) = target_of("a,b,c\n3,1,2\n1,2,5\n2,3,1\n");
    assert_eq!(name, "c");
    assert!(why.contains("last column"), "{why}");
    // What stands before the time as well, if nothing follows it.
    let text = "depth;date\n1.5;2024-01-01\n2.5;2024-01-02\n1.25;2024-01-03\n";
    assert_eq!(target_of(text).0, "depth");
}

#[test]
fn what_is_provided_left_over_or_a_device_s_health_comes_last() {
    assert_eq!(target(&["beds", "stays"]), "stays");
    assert_eq!(target(&["Befragte", "Rot", "Blau"]), "Rot");
    assert_eq!(target(&["setting_1", "s_1"]), "s_1");
    assert_eq!(target(&["battery_v", "co3_reading"]), "co3_reading");
    assert_eq!(target(&["Sonstige", "Blau"]), "Blau");
    assert_eq!(target(&["sig_e(m)", "east(m)"]), "east(m)");
    // Beds that are occupied are no beds that are provided.
    assert_eq!(target(&["beds_occupied", "stays"]), "beds_occupied");
    // What is known to be provided is forecast where there is nothing else.
    assert_eq!(target(&["beds", "vans"]), "beds");
}

#[test]
fn what_only_rises_within_a_series_and_what_ends_early_come_last() {
    let rising = table_of(&["all_home", "in_hospital"], &|row, name| {
        (name == "all_home").then(|| (row * row / 3).to_string())
    });
    assert_eq!(target_of(&rising).0, "in_hospital");
    let ended = table_of(&["ISK", "JPY"], &|row, name| {
        (name == "ISK" && row > 30).then(String::new)
    });
    assert_eq!(target_of(&ended).0, "JPY");
}

#[test]
fn temperatures_give_way_to_what_they_drive() {
    for named in [
        "milk_kg",
        "sap_litres",
        "USAGE (kWh)",
        "PV-Leistung (W)",
        "Stromverbrauch",
        "Calls Offered",
        "Water Content",
        "CO(GT)",
        "PM2.5",
        "cpu_pct",
        "mag",
    ] {
        assert_eq!(target(&["temperature", "humidity", named]), named);
    }
    assert_eq!(target(&["catch", "tmax_c", "oxygen"]), "catch");
    // In a table of the weather they are what is meant.
    assert_eq!(target(&["FX", "RSK", "PM", "TMK", "TXK", "TNK"]), "TMK");
    assert_eq!(
        target(&["Total Rain (mm)", "Max Temp (°C)", "Mean Temp (°C)"]),
        "Mean Temp (°C)"
    );
    assert_eq!(
        target(&["Hi Speed", "Temp Out", "Low Temp", "Wind"]),
        "Temp Out"
    );
}

#[test]
fn a_direction_in_degrees_is_no_temperature() {
    let text = table_of(&["heading_deg", "fuel"], &|row, name| {
        (name == "heading_deg").then(|| (row * 47 % 360).to_string())
    });
    assert_eq!(target_of(&text).0, "fuel");
}

#[test]
fn money_for_what_is_metered_and_shares_give_way_to_the_quantities() {
    assert_eq!(target(&["COST", "gallons"]), "gallons");
    assert_eq!(target(&["late_pct", "backlog"]), "backlog");
    assert_eq!(target(&["ServiceLevel_pct", "handled"]), "handled");
    assert_eq!(target(&["share price", "handled"]), "share price");
}

#[test]
fn only_an_end_with_its_other_end_says_how_far_a_value_may_be_off() {
    let why = |names: &[&str], name: &str| {
        let roles = Roles::guess(&csv(&table_of(names, &|_, _| None)));
        let guess = roles.columns.into_iter().find(|guess| guess.column == name);
        guess.map(|guess| guess.reason).unwrap()
    };
    let off = "It says how far a value may be off.";
    let fit = ["y", "y_lower", "y_upper", "y_var", "y_std"];
    for name in &fit[1..] {
        assert_eq!(why(&fit, name), off);
    }
    for names in [
        ["y", "Hi Temp", "Low Temp"],
        ["y", "Lower Lake", "Other Lake"],
        ["y", "VarA", "VarB"],
    ] {
        assert_ne!(why(&names, names[1]), off, "{names:?}");
    }
    let accounts = ["Budget", "Actual", "Variance"];
    assert_eq!(target(&accounts), "Actual");
    assert_eq!(why(&accounts, "Variance"), "It is made of another column.");
    assert_eq!(target(&["VarValue", "Validity"]), "VarValue");
}

#[test]
fn what_others_are_forecasts_of_is_the_target() {
    let names = ["Wind", "Charge", "Prévision J-1", "Prévision J", "Gaz"];
    let (name, why) = target_of(&table_of(&names, &|_, _| None));
    assert_eq!(
        (&name[..], &why[..]),
        ("Charge", "Another column is a forecast of it.")
    );
    assert_eq!(target(&["Wind", "Heat", "Heat_fcst"]), "Heat");
}

#[test]
fn a_sum_of_those_beside_it_is_the_total() {
    let text = table_of(&["a1", "b1", "c1", "whole"], &|row, name| {
        let sum: f64 = (0..3).map(|column| wave(row, column)).sum();
        (name == "whole").then(|| format!("{sum:.1}"))
    });
    let (name, why) = target_of(&text);
    assert_eq!((&name[..], &why[..]), ("whole", "It is the sum of others."));
    // Without the sum, what is called the whole, wherever it stands.
    let (name, why) = target_of(&table_of(&["a1", "b1", "All"], &|_, _| None));
    assert_eq!(
        (&name[..], &why[..]),
        ("All", "Its name says that it is the whole.")
    );
}

#[test]
fn a_clock_is_no_feature_of_a_label() {
    let rows: String = (0..60)
        .map(|row| {
            let activity = ["sit", "walk", "run"][row / 20];
            format!(
                "{},{activity},{},{}\n",
                row / 30,
                row % 30 * 20,
                wave(row, 1)
            )
        })
        .collect();
    let roles = Roles::guess(&csv(&format!("subject,activity,timestamp_ms,acc\n{rows}")));
    let features: Vec<&str> = roles.with(Role::Feature).collect();
    assert_eq!(features, ["acc"]);
}

/// `mm` are months as well as millimetres; months do not go beyond twelve.
#[test]
fn what_has_more_values_than_months_is_no_part_of_the_calendar() {
    let whole = |row: usize, name: &str| match name {
        "systolic_mmHg" | "level_mm" => Some((118 + row * 7 % 23).to_string()),
        _ => None,
    };
    let names = ["level_mm", "beds"];
    assert_eq!(target_of(&table_of(&names, &whole)).0, "level_mm");
    let names = ["systolic_mmHg", "beds"];
    assert_eq!(target_of(&table_of(&names, &whole)).0, "systolic_mmHg");
    let month = |row: usize, name: &str| (name == "mm").then(|| (row / 28 + 1).to_string());
    let roles = Roles::guess(&csv(&table_of(&["mm", "level"], &month)));
    let guess = roles.columns.iter().find(|guess| guess.column == "mm");
    assert_ne!(guess.map(|guess| guess.role), Some(Role::Target));
}

#[test]
fn a_column_without_a_cell_is_called_empty() {
    let empty = |_: usize, name: &str| (name == "note").then(String::new);
    let roles = Roles::guess(&csv(&table_of(&["level", "note"], &empty)));
    let guess = roles.columns.iter().find(|guess| guess.column == "note");
    let why = guess.map(|guess| guess.reason.as_str());
    assert_eq!(why, Some("All of its cells are empty."));
}

/// The column that is told, or forecast, of forty days of waves; `cell` as in [`table_of`].
fn asked_of(names: &[&str], cell: &dyn Fn(usize, &str) -> Option<String>) -> (Role, String) {
    asked(&table_of(names, cell))
}

fn asked(text: &str) -> (Role, String) {
    let roles = Roles::guess(&csv(text));
    let mut columns = roles.columns.into_iter();
    let asked = columns.find(|guess| [Role::Target, Role::Label].contains(&guess.role));
    asked.map_or((Role::Ignore, String::new()), |guess| {
        (guess.role, guess.column)
    })
}

/// Yes or no for these columns.
fn yes_or_no<'a>(names: &'a [&'a str]) -> impl Fn(usize, &str) -> Option<String> + 'a {
    move |row, name| {
        names
            .contains(&name)
            .then(|| u32::from(row % 7 < 2).to_string())
    }
}

#[test]
fn a_fault_or_an_attack_of_two_values_is_the_class() {
    for named in [
        "Machine failure",
        "fault",
        "ATT_FLAG",
        "isFraud",
        "eyeDetection",
        "anomaly",
        "Störung",
        "panne",
        "Occupancy",
        "RainTomorrow",
    ] {
        let asked = asked_of(&["rpm", "torque", named], &yes_or_no(&[named]));
        assert_eq!(asked, (Role::Label, named.to_owned()));
    }
    // Where a quantity is forecast, what failed is beside it; and a value that is named as what is meant comes first.
    let names = ["Fahrgäste", "Ausfall"];
    assert_eq!(asked_of(&names, &yes_or_no(&["Ausfall"])).1, "Fahrgäste");
    let names = ["value", "is_anomaly"];
    assert_eq!(asked_of(&names, &yes_or_no(&["is_anomaly"])).1, "value");
    let names = ["delay_min", "cancelled"];
    assert_eq!(asked_of(&names, &yes_or_no(&["cancelled"])).1, "delay_min");
}

#[test]
fn flags_of_the_calendar_and_of_what_is_done_are_no_classes() {
    for named in ["is_holiday", "promo", "valid", "weekend", "pump_on"] {
        let asked = asked_of(&["p1", "p2", "p3", named], &yes_or_no(&[named]));
        assert_eq!(asked, (Role::Target, "p1".to_owned()), "{named}");
    }
}

#[test]
fn without_a_time_a_last_column_of_two_values_after_measures_is_the_class() {
    let rows = |names: &str, last: &dyn Fn(usize) -> usize| -> String {
        let rows = (0..40).map(|row| {
            let [a, b, c] = [0, 1, 2].map(|column| wave(row, column));
            format!("{a},{b},{c},{}\n", last(row))
        });
        format!("{names}\n{}", rows.collect::<String>())
    };
    let two = rows("a,b,c,d", &|row| usize::from(row % 7 < 2));
    assert_eq!(asked(&two), (Role::Label, "d".to_owned()));
    let marks = rows("acid,sugar,alcohol,quality", &|row| 3 + row % 6);
    assert_eq!(asked(&marks), (Role::Label, "quality".to_owned()));
    let flag = rows("a,b,c,valid", &|row| usize::from(row % 7 < 2));
    assert_eq!(asked(&flag), (Role::Target, "c".to_owned()));
    let many = rows("weight_dry,b,c,rings", &|row| 1 + row * 7 % 31);
    assert_eq!(asked(&many), (Role::Target, "rings".to_owned()));
}

#[test]
fn who_measured_is_no_class_beside_what_was_measured() {
    let text = |named: &str| -> String {
        let rows = (0..40).map(|row| {
            let who = ["ABC", "DEF", "GHI"][row * 7 % 3];
            format!("{},{},{who}\n", 2_450_000 + row, wave(row, 0))
        });
        format!("JD,{named},Observer Code\n{}", rows.collect::<String>())
    };
    assert_eq!(asked(&text("Magnitude")).1, "Magnitude");
}

#[test]
fn units_say_less_than_names_and_hide_none() {
    assert_eq!(
        target(&["Biomass [MWh]", "Grid load [MWh]", "Gas [MWh]"]),
        "Grid load [MWh]"
    );
    assert_eq!(
        target(&["Nuclear (MW)", "Wind (MW)", "Consommation (MW)"]),
        "Consommation (MW)"
    );
    let names = ["ndvi", "soil_moisture_10cm_pct", "t_mean_c"];
    assert_eq!(target(&names), "soil_moisture_10cm_pct");
    assert_eq!(target(&["Velocity [km/h]", "SoC [%]"]), "SoC [%]");
    // Only the unit says something.
    let (name, why) = target_of(&table_of(&["Volume", "Gas (kWh)"], &|_, _| None));
    assert_eq!(
        (&name[..], &why[..]),
        ("Gas (kWh)", "Its unit is one of what is usually forecast.")
    );
}

#[test]
fn rates_and_estimates_give_way_to_what_they_are_made_of() {
    for named in [
        "reproduction_rate",
        "cases_per_million",
        "incidence",
        "R_value",
    ] {
        assert_eq!(target(&[named, "new_cases"]), "new_cases");
    }
    assert_eq!(target(&["open_rate", "sent"]), "sent");
    assert_eq!(target(&["xG", "shots"]), "shots");
    assert_eq!(target(&["co2", "co2_per_capita", "population"]), "co2");
    assert_eq!(target(&["heart_rate", "cadence"]), "heart_rate");
    let names = ["unemployment_rate", "population"];
    assert_eq!(target(&names), "unemployment_rate");
    let goals = |row: usize, name: &str| (name == "goals").then(|| (row * 5 % 4).to_string());
    assert_eq!(target_of(&table_of(&["xG", "goals"], &goals)).0, "goals");
    // Nobody died on most days: a count, no flag, but the weight is what is meant.
    let deaths =
        |row: usize, name: &str| (name == "deaths").then(|| u32::from(row % 19 == 3).to_string());
    let names = ["deaths", "weight"];
    assert_eq!(target_of(&table_of(&names, &deaths)).0, "weight");
}

#[test]
fn marks_health_and_what_is_left_are_forecast() {
    for named in [
        "quiz_score",
        "final_grade",
        "RUL",
        "time_to_failure",
        "Systolic (mmHg)",
        "glucose_level",
        "SOH",
        "nivel_m",
        "Wasserstand_cm",
        "vendas",
        "omzet",
        "sprzedaż",
        "потребление_кВтч",
    ] {
        assert_eq!(target(&["setting", "beta", named]), named);
    }
    // A capacity with fractions is measured, whole ones are provided.
    assert_eq!(target(&["voltage", "Capacity"]), "Capacity");
    let seats = |row: usize, name: &str| (name == "Capacity").then(|| (70 + row % 9).to_string());
    let names = ["Capacity", "taken"];
    assert_eq!(target_of(&table_of(&names, &seats)).0, "taken");
}

#[test]
fn the_weather_drives_what_is_counted_beside_it() {
    let sold =
        |row: usize, name: &str| (name == "croissants").then(|| (40 + row * 7 % 23).to_string());
    let names = ["temperature", "croissants"];
    assert_eq!(target_of(&table_of(&names, &sold)).0, "croissants");
}

#[test]
fn a_forecast_is_not_said_to_be_made_of_another_column() {
    let names = ["Predicted (m)", "Verified (m)", "Smoothed (m)"];
    let roles = Roles::guess(&csv(&table_of(&names, &|_, _| None)));
    let why = |name: &str| {
        let guess = roles.columns.iter().find(|guess| guess.column == name);
        guess.map(|guess| guess.reason.as_str())
    };
    assert_eq!(
        why("Predicted (m)"),
        Some("It says what was forecast, not what came about.")
    );
    assert_eq!(
        why("Smoothed (m)"),
        Some("Its name says that it is worked out from other values.")
    );
}

#[test]
fn the_middle_comes_before_the_ends_around_it() {
    let prices = ["Min Price", "Max Price", "Modal Price"];
    assert_eq!(target(&prices), "Modal Price");
    assert_eq!(
        target(&["demand_max", "demand_min", "demand_avg"]),
        "demand_avg"
    );
    // Without a middle they are measures.
    assert_eq!(target(&["Min Price", "Max Price"]), "Min Price");
}

#[test]
fn dates_are_no_class_whatever_they_are_called() {
    let dated = |row: usize, name: &str| {
        (name == "Activity Start Date").then(|| format!("2024-{:02}-01", row / 10 + 1))
    };
    let text = table_of(&["Activity Start Date", "Passenger Count"], &dated);
    assert_eq!(target_of(&text).0, "Passenger Count");
}

#[test]
fn what_was_made_of_another_column_gives_way_to_it() {
    // Logarithms and differences, as Stata writes them; earlier values, as people make them.
    assert_eq!(target(&["dln_inv", "ln_inv", "inv"]), "inv");
    assert_eq!(target(&["sales_lag1", "sales_lag_7", "sales"]), "sales");
    assert_eq!(target(&["diff_level", "level"]), "level");
    // Beside no such column it is what there is.
    assert_eq!(target(&["ln_output", "humidity"]), "ln_output");
}

#[test]
fn the_temperature_of_the_air_comes_before_those_of_dew_and_ground() {
    let names = [
        "HourlyDewPointTemperature",
        "HourlyDryBulbTemperature",
        "HourlyRelativeHumidity",
        "HourlyWetBulbTemperature",
    ];
    assert_eq!(target(&names), "HourlyDryBulbTemperature");
}
