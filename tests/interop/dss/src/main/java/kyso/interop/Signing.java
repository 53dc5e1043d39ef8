package kyso.interop;

import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;

/**
 * Signs at CAdES baseline B what a job file lists, one job a line, fields separated by tabs: form (asice, asics, detached,
 * attached), scheme (auto, pss), keys (PKCS#12 files separated by commas, one signer each), output, documents.
 */
final class Signing {
	private final char[] pin;

	Signing(String pinFile) throws IOException {
		pin = Files.readString(Path.of(pinFile)).strip().toCharArray();
	}

	void run(String jobFile) throws IOException {
		for (String line : Files.readAllLines(Path.of(jobFile), StandardCharsets.UTF_8)) {
			String[] job = line.split("\t");
			List<DSSDocument> documents = new ArrayList<>();
			for (int i = 4; i < job.length; i++) {
				documents.add(new FileDocument(job[i]));
			}
			DSSDocument result = null;
			for (String key : job[2].split(",")) {
				result = sign(job[0], job[1].equals("pss"), key, result == null ? documents : List.of(result), documents);
				result.setName(Path.of(job[3]).getFileName().toString());
			}
			result.save(job[3]);
		}
	}

	private DSSDocument sign(String form, boolean pss, String keyFile, List<DSSDocument> inputs,
			List<DSSDocument> contents) throws IOException {
		try (Pkcs12SignatureToken token = new Pkcs12SignatureToken(keyFile, new KeyStore.PasswordProtection(pin))) {
			DSSPrivateKeyEntry key = token.getKeys().get(0);
			return switch (form) {
			case "asice", "asics" -> signContainer(form, pss, token, key, inputs);
			case "detached" -> signCades(SignaturePackaging.DETACHED, pss, token, key, inputs.get(0), contents);
			case "attached" -> signCades(SignaturePackaging.ENVELOPING, pss, token, key, inputs.get(0), contents);
			default -> throw new IllegalArgumentException("unknown form " + form);
			};
		}
	}

	private static DSSDocument signContainer(String form, boolean pss, Pkcs12SignatureToken token, DSSPrivateKeyEntry key,
			List<DSSDocument> inputs) {
		ASiCWithCAdESSignatureParameters parameters = new ASiCWithCAdESSignatureParameters();
		parameters.aSiC().setContainerType(form.equals("asice") ? ASiCContainerType.ASiC_E : ASiCContainerType.ASiC_S);
		parameters.setSignatureLevel(SignatureLevel.CAdES_BASELINE_B);
		common(parameters, pss, key);
		ASiCWithCAdESService service = new ASiCWithCAdESService(new CommonCertificateVerifier());
		ToBeSigned toSign = service.getDataToSign(inputs, parameters);
		return service.signDocument(inputs, parameters, value(token, parameters, toSign, key));
	}

	private static DSSDocument signCades(SignaturePackaging packaging, boolean pss, Pkcs12SignatureToken token,
			DSSPrivateKeyEntry key, DSSDocument input, List<DSSDocument> contents) {
		CAdESSignatureParameters parameters = new CAdESSignatureParameters();
		parameters.setSignatureLevel(SignatureLevel.CAdES_BASELINE_B);
		parameters.setSignaturePackaging(packaging);
		if (packaging == SignaturePackaging.DETACHED && input != contents.get(0)) {
			parameters.setDetachedContents(contents); // a second signer: input is the signature so far
		}
		common(parameters, pss, key);
		CAdESService service = new CAdESService(new CommonCertificateVerifier());
		ToBeSigned toSign = service.getDataToSign(input, parameters);
		return service.signDocument(input, parameters, value(token, parameters, toSign, key));
	}

	private static void common(CAdESSignatureParameters parameters, boolean pss, DSSPrivateKeyEntry key) {
		parameters.setSigningCertificate(key.getCertificate());
		parameters.setCertificateChain(key.getCertificateChain());
		parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
		if (pss) {
			parameters.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS);
		}
	}

	private static SignatureValue value(Pkcs12SignatureToken token, CAdESSignatureParameters parameters, ToBeSigned toSign,
			DSSPrivateKeyEntry key) {
		return token.sign(toSign, parameters.getSignatureAlgorithm(), key);
	}
}
