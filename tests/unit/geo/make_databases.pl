#!/usr/bin/perl
# make_databases.pl FOLDER: writes country.mmdb and asn.mmdb with a few documentation prefixes, in the form of
# GeoLite2's.
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;

sub write_database {
    my ($file, $type, $records) = @_;
    my %types = (
        country                        => 'map',
        registered_country             => 'map',
        country_code                   => 'utf8_string',
        iso_code                       => 'utf8_string',
        autonomous_system_number       => 'uint32',
        autonomous_system_organization => 'utf8_string',
    );
    my $tree = MaxMind::DB::Writer::Tree->new(
        ip_version              => 6,
        record_size             => 24,
        database_type           => $type,
        languages               => ['en'],
        description             => { en => "test $type" },
        remove_reserved_networks => 0,
        map_key_type_callback   => sub { $types{ $_[0] } },
    );
    $tree->insert_network($_, $records->{$_}) for sort keys %$records;
    open my $out, '>:raw', $file or die "$file: $!";
    $tree->write_tree($out);
    close $out or die "$file: $!";
}

my ($folder) = @ARGV;
write_database(
    "$folder/country.mmdb",
    'GeoLite2-Country',
    {
        '192.0.2.0/24'     => { country => { iso_code => 'DE' } },
        '198.51.100.0/25'   => { country => { iso_code => 'DE' } },
        '198.51.100.128/25' => { registered_country => { iso_code => 'DE' } },
        '203.0.113.0/25'    => { country_code => 'FR' },
        '2001:db8:1::/48'  => { country => { iso_code => 'SE' } },
    }
);
write_database(
    "$folder/asn.mmdb",
    'GeoLite2-ASN',
    {
        '192.0.2.128/25'  => { autonomous_system_number => 64496, autonomous_system_organization => 'Example Net' },
        '2001:db8::/32'   => { autonomous_system_number => 4200000001, autonomous_system_organization => 'Example Six' },
    }
);
