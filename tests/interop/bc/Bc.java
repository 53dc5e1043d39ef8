import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableFile;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.CMSTypedData;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The BouncyCastle peer, one file for `java Bc.java`. "verify JOBS" checks CMS (lines: signature, content or empty when
 * attached) and prints file, number, PASSED or the reason, signer. "sign PIN-FILE JOBS" makes CMS (lines: detached or
 * attached, auto or pss, PKCS#12 files separated by commas, output, document). Fields are separated by tabs.
 */
public final class Bc {
	public static void main(String[] args) throws Exception {
		Security.addProvider(new BouncyCastleProvider());
		if (args.length == 2 && args[0].equals("verify")) {
			for (String line : Files.readAllLines(Path.of(args[1]), StandardCharsets.UTF_8)) {
				verify(line.split("\t", -1));
			}
		} else if (args.length == 3 && args[0].equals("sign")) {
			char[] pin = Files.readString(Path.of(args[1])).strip().toCharArray();
			for (String line : Files.readAllLines(Path.of(args[2]), StandardCharsets.UTF_8)) {
				sign(line.split("\t"), pin);
			}
		} else {
			System.err.println("usage: Bc.java verify JOBS | sign PIN-FILE JOBS");
			System.exit(64);
		}
	}

	private static void verify(String[] job) {
		int number = 0;
		try {
			byte[] der = Files.readAllBytes(Path.of(job[0]));
			CMSSignedData cms = job[1].isEmpty() ? new CMSSignedData(der)
					: new CMSSignedData(new CMSProcessableFile(new File(job[1])), der);
			for (SignerInformation signer : cms.getSignerInfos().getSigners()) {
				Collection<X509CertificateHolder> found = cms.getCertificates().getMatches(signer.getSID());
				String result = found.size() == 1 ? judge(signer, found.iterator().next()) : "NO_CERTIFICATE";
				String name = found.isEmpty() ? "" : found.iterator().next().getSubject().toString();
				System.out.println(job[0] + "\t" + ++number + "\t" + result + "\t" + name);
			}
		} catch (Exception e) {
			System.out.println(job[0] + "\t" + ++number + "\tERROR " + e.getMessage() + "\t");
		}
		if (number == 0) {
			System.out.println(job[0] + "\t0\tNO_SIGNER\t");
		}
	}

	/** RFC 5652 5.4 and 5.6 by BouncyCastle, RFC 5035 5.4 (the attribute names this very certificate) by hand. */
	private static String judge(SignerInformation signer, X509CertificateHolder certificate) throws Exception {
		if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(certificate))) {
			return "BAD_SIGNATURE";
		}
		if (signer.getSignedAttributes() == null) {
			return "NO_ATTRIBUTES";
		}
		Attribute attribute = signer.getSignedAttributes().get(PKCSObjectIdentifiers.id_aa_signingCertificateV2);
		if (attribute == null || attribute.getAttrValues().size() != 1) {
			return "NO_SIGNING_CERTIFICATE";
		}
		ESSCertIDv2 id = SigningCertificateV2.getInstance(attribute.getAttrValues().getObjectAt(0)).getCerts()[0];
		String algorithm = id.getHashAlgorithm().getAlgorithm().getId();
		byte[] digest = MessageDigest.getInstance(algorithm, "BC").digest(certificate.getEncoded());
		return MessageDigest.isEqual(digest, id.getCertHash()) ? "PASSED" : "OTHER_SIGNING_CERTIFICATE";
	}

	private static void sign(String[] job, char[] pin) throws Exception {
		CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
		Map<String, X509CertificateHolder> certificates = new LinkedHashMap<>();

		for (String file : job[2].split(",")) {
			addSigner(generator, file, job[1].equals("pss"), pin, certificates);
		}
		for (X509CertificateHolder certificate : certificates.values()) {
			generator.addCertificate(certificate);
		}
		CMSTypedData content = new CMSProcessableFile(new File(job[4]));
		Files.write(Path.of(job[3]), generator.generate(content, job[0].equals("attached")).getEncoded("DER"));
	}

	private static void addSigner(CMSSignedDataGenerator generator, String file, boolean pss, char[] pin,
			Map<String, X509CertificateHolder> certificates) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12", "BC");
		try (var in = Files.newInputStream(Path.of(file))) {
			store.load(in, pin);
		}
		for (String alias : Collections.list(store.aliases())) {
			if (!store.isKeyEntry(alias)) {
				continue;
			}
			PrivateKey key = (PrivateKey) store.getKey(alias, pin);
			X509Certificate own = (X509Certificate) store.getCertificate(alias);
			for (Certificate c : store.getCertificateChain(alias)) {
				X509CertificateHolder holder = new JcaX509CertificateHolder((X509Certificate) c);
				certificates.put(holder.getSubject() + " " + holder.getSerialNumber(), holder);
			}
			ContentSigner signer = new JcaContentSignerBuilder(algorithm(key, pss)).setProvider("BC").build(key);
			generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
					new JcaDigestCalculatorProviderBuilder().setProvider("BC").build())
					.setSignedAttributeGenerator(new DefaultSignedAttributeTableGenerator(ess(own)))
					.build(signer, own));
		}
	}

	private static AttributeTable ess(X509Certificate own) throws Exception {
		byte[] digest = MessageDigest.getInstance("SHA-256").digest(own.getEncoded());
		ASN1EncodableVector attributes = new ASN1EncodableVector();
		attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_signingCertificateV2,
				new DERSet(new SigningCertificateV2(new ESSCertIDv2(digest)))));
		return new AttributeTable(attributes);
	}

	private static String algorithm(PrivateKey key, boolean pss) {
		return switch (key.getAlgorithm()) {
		case "RSA" -> pss ? "SHA256WITHRSAANDMGF1" : "SHA256WITHRSA";
		case "EC", "ECDSA" -> "SHA256WITHECDSA";
		case "Ed25519" -> "Ed25519";
		default -> throw new IllegalArgumentException("no signature algorithm for " + key.getAlgorithm());
		};
	}
}
