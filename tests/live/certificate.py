"""Makes a certificate authority, a certificate of it for 127.0.0.1, and another authority.

Writes ca.pem, server.pem, server.key and other-ca.pem into the folder it is given.
"""

import datetime
import ipaddress
import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

folder = pathlib.Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)


def certificate(name, key, issuer, issuer_key, *extensions):
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def save(name, certificate):
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    folder.joinpath(name).write_bytes(pem)


def key():
    return ec.generate_private_key(ec.SECP256R1())


authority = x509.BasicConstraints(ca=True, path_length=0)
ca_key, server_key, other_key = key(), key(), key()
save("ca.pem", certificate("live tests", ca_key, "live tests", ca_key, authority))
save("other-ca.pem", certificate("another", other_key, "another", other_key, authority))
loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
save("server.pem", certificate("moto", server_key, "live tests", ca_key, loopback))
folder.joinpath("server.key").write_bytes(
    server_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
)
